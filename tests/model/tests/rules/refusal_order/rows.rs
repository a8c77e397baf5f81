//! The rows of 4.3, in its order: an accepted call, and its codes in order.

use reference_model::{Address, Call, NodeRecord, SemanticVersion, Status};

use super::faults::*;
use super::requests::request_rows;
use super::{Case, Fault, Row};
use crate::support::{
    C, C2, DEPLOY, N1, N2, N5, Registry, STRANGER, VOTING, context, mpc, statuses,
};

const NOW: i64 = 1_000_000;
pub(super) const V4_9_0: SemanticVersion = SemanticVersion { major: 4, minor: 9, patch: 0 };

/// N1 and N2 with 100 MPC each, version 4.9.0, EE version 3, jurisdiction 1; both serve C.
fn working() -> Registry {
    let mut registry = Registry::new();
    for node in [N1, N2] {
        registry.node(NOW, node, mpc(100));
        let calls = [
            Call::UpdateNodeProtocolVersion { supported_protocol_version: V4_9_0 },
            Call::UpdateNodeEeVersion { supported_ee_version: 3 },
            Call::UpdateServerJurisdiction { jurisdiction: 1 },
        ];
        for call in calls {
            registry.call(NOW, node, call).expect("an update");
        }
    }
    registry.request(NOW, C, mpc(2), &[N1, N2]).expect("1 MPC each");
    registry
}

pub(super) fn row(name: &'static str, sender: Address, call: Call, faults: Vec<Fault>) -> Row {
    let accepted = Case { model: working().model, call, context: context(NOW, sender) };
    Row { name, accepted, faults, never_together: Vec::new() }
}

impl Row {
    /// Changes the accepted case.
    pub(super) fn given(mut self, change: impl FnOnce(&mut Case)) -> Row {
        change(&mut self.accepted);
        self
    }

    pub(super) fn never(mut self, pairs: &[(&'static str, &'static str)]) -> Row {
        self.never_together.extend(pairs);
        self
    }

    /// An empty text is neither too long nor has it characters.
    fn never_an_empty_endpoint_with_characters(self) -> Row {
        self.never(&[
            ("endpoint_empty", "endpoint_too_long"),
            ("endpoint_empty", "endpoint_control_character"),
        ])
    }

    /// A node record that is not there has no properties.
    pub(super) fn never_properties_of_nothing(self) -> Row {
        self.never(&[
            ("node_unknown", "node_resigned"),
            ("node_unknown", "node_disabled"),
            ("node_unknown", "node_outside_jurisdiction"),
        ])
    }
}

pub(super) fn all() -> Vec<Row> {
    let mut rows = node_rows();
    rows.extend(token_rows());
    rows.extend(request_rows());
    rows.extend(end_rows());
    rows
}

fn text() -> String {
    "https://zk.example.org".to_owned()
}

fn node_rows() -> Vec<Row> {
    let mut register = vec![CALLER_NOT_ACCOUNT];
    register.extend(ENDPOINT);
    register.push(("already_registered", |case| {
        let sender = case.context.sender;
        let node = case.model.zk_nodes[&N1].clone();
        case.model.zk_nodes.insert(sender, NodeRecord { identity: sender, ..node });
    }));
    let mut update_endpoint = vec![NOT_REGISTERED];
    update_endpoint.extend(ENDPOINT);
    let open_allocations: Fault = ("open_allocations", |case| {
        let sender = case.context.sender;
        let record = case.model.staked_tokens.entry(sender).or_default();
        record.allocated.insert(C2, 1);
    });
    vec![
        row("00", N5, Call::RegisterAsZkNode { rest_endpoint: text() }, register)
            .never_an_empty_endpoint_with_characters(),
        row("01", N1, Call::UpdateNodeRestEndpoint { rest_endpoint: text() }, update_endpoint)
            .never_an_empty_endpoint_with_characters(),
        row(
            "0c",
            N1,
            Call::UpdateNodeProtocolVersion { supported_protocol_version: V4_9_0 },
            vec![NOT_REGISTERED, PROTOCOL_VERSION_NEGATIVE],
        ),
        row(
            "0d",
            N1,
            Call::UpdateServerJurisdiction { jurisdiction: 0 },
            vec![
                NOT_REGISTERED,
                ("jurisdiction_out_of_range", |case| {
                    case.call = Call::UpdateServerJurisdiction { jurisdiction: 1_000 };
                }),
            ],
        ),
        row(
            "1a",
            N1,
            Call::UpdateNodeEeVersion { supported_ee_version: 0 },
            vec![NOT_REGISTERED, EE_VERSION_NEGATIVE],
        ),
        row("11", N1, Call::ResignAsZkNode, vec![NOT_REGISTERED, open_allocations])
            .given(|case| n1_tokens(case, |record| record.allocated.clear())),
        row("10", VOTING, Call::DisableZkNode { address: N1 }, vec![NOT_VOTING, NODE_UNKNOWN]),
    ]
}

fn token_rows() -> Vec<Row> {
    let overflow: Fault = ("balance_overflow", |case| {
        let sender = case.context.sender;
        let record = case.model.staked_tokens[&N1].clone();
        let full = reference_model::TokenRecord { outgoing: i64::MAX, ..record };
        case.model.staked_tokens.insert(sender, full);
    });
    let with_expiration = |token_amount, expiration_timestamp| {
        Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp }
    };
    let of_n1 = Call::DisassociateAllExpiredStakesFromContract { account: N1 };
    vec![
        row(
            "0a",
            N1,
            Call::AssociateTokens { token_amount: 1 },
            vec![
                CALLER_NOT_ACCOUNT,
                ("amount_not_positive", |case| {
                    case.call = Call::AssociateTokens { token_amount: 0 };
                }),
                overflow,
            ],
        ),
        row(
            "15",
            N1,
            with_expiration(1, NOW + 1),
            vec![
                CALLER_NOT_ACCOUNT,
                ("amount_not_positive", |case| {
                    if let Call::AssociateTokensWithExpiration { token_amount, .. } = &mut case.call
                    {
                        *token_amount = 0;
                    }
                }),
                ("expiration_in_past", |case| {
                    if let Call::AssociateTokensWithExpiration { expiration_timestamp, .. } =
                        &mut case.call
                    {
                        *expiration_timestamp = NOW;
                    }
                    n1_tokens(case, |record| record.expiration = Some(NOW));
                }),
                ("expiration_mismatch", |case| n1_tokens(case, |record| record.expiration = None)),
                overflow,
            ],
        )
        .given(|case| n1_tokens(case, |record| record.expiration = Some(NOW + 1))),
        row(
            "0b",
            N1,
            Call::DisassociateTokens { token_amount: mpc(99) },
            vec![
                ("amount_not_positive", |case| {
                    case.call = Call::DisassociateTokens { token_amount: 0 };
                }),
                NO_STAKE_ENTRY,
                ("insufficient_free", |case| {
                    case.call = Call::DisassociateTokens { token_amount: mpc(99) + 1 };
                }),
            ],
        )
        .never(&[("amount_not_positive", "insufficient_free")]),
        row(
            "13",
            N1,
            Call::SetReservedTokens { new_reserved: 0 },
            vec![
                ("amount_negative", |case| {
                    case.call = Call::SetReservedTokens { new_reserved: -1 };
                }),
                NO_STAKE_ENTRY,
            ],
        ),
        row("06", N1, Call::UnlockExpiredStakes, vec![NO_STAKE_ENTRY]),
        row(
            "17",
            N1,
            Call::SetExpirationForAssociation { expiration_timestamp: Some(NOW + 1) },
            vec![
                ("expiration_in_past", |case| {
                    case.call =
                        Call::SetExpirationForAssociation { expiration_timestamp: Some(NOW) };
                }),
                NO_STAKE_ENTRY,
            ],
        ),
        row(
            "16",
            STRANGER,
            of_n1,
            vec![
                NO_STAKE_ENTRY,
                ("no_expiration", |case| n1_tokens(case, |record| record.expiration = None)),
                ("not_expired", |case| {
                    n1_tokens(case, |record| record.expiration = Some(NOW + 1));
                }),
                ("nothing_free", |case| n1_tokens(case, |record| record.free = 0)),
            ],
        )
        .given(|case| n1_tokens(case, |record| record.expiration = Some(NOW)))
        .never(&[("no_expiration", "not_expired")]),
    ]
}

pub(super) fn end_rows() -> Vec<Row> {
    let mut done = vec![NO_COMPUTATION, TOO_MANY_STATUSES];
    done.extend(STATUSES);
    let engines_status = statuses(&[(N2, Status::Success), (N1, Status::Failure)]);
    vec![
        row("05", C, Call::NotifyZkComputationDoneV1, vec![NO_COMPUTATION]),
        row("12", C, Call::NotifyZkComputationDoneV2 { engines_status }, done),
        row(
            "20",
            DEPLOY,
            Call::NotifyContractDeleted { zk_contract: C },
            vec![NOT_DEPLOY, NO_COMPUTATION],
        ),
        row("07", STRANGER, Call::CheckContractStatus { zk_contract: C }, vec![NO_COMPUTATION]),
        row(
            "0e",
            STRANGER,
            Call::ExtendZkComputationDeadline { contract_address: C },
            vec![NO_COMPUTATION],
        ),
    ]
}
