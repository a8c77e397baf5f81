//! Calls of the registry, with their senders: mostly such as make sense in a state, and at the
//! boundaries of what its rules say.
//!
//! A rule is looked at from outside only: free tokens, maturity and expiration are asked of the
//! contract's views. Nothing here knows whether a call will be taken.

use std::fmt;
use std::rc::Rc;

use pbc_contract_common::address::Address;
use proptest::prelude::*;
use zk_node_registry::{
    EngineStatus, Jurisdiction, Jurisdictions, NodeJurisdictions, RestEndpoint, SemanticVersion,
    ZkNodeScoreStatus,
};
use zkreg::call::Call;
use zkreg::image::Image;
use zkreg::names::Names;

use crate::cast;
use crate::choices::{Chooser, choices};
use crate::numbers;
use crate::stage::Stage;
use crate::story::words;

/// The most bytes that a call can use.
pub(crate) const CALL_BYTES: usize = 40;

/// A call, and who sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// Who sends it.
    pub sender: Address,
    /// What is sent.
    pub call: Call,
}

/// As a scenario says it: `n1 associate 75_000`.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sent { sender, call } = self;
        f.write_str(&words(*sender, &call.encode(), &default_names(), 0))
    }
}

fn default_names() -> Names {
    let start = zkreg::world::Start::default();
    cast::names(&start.collaborators(), start.settings().stake_token)
}

/// Calls to a registry in the state `image`, at `now`, in milliseconds since 1970. They shrink
/// towards `associate` of one unit by the first operator.
pub fn calls(image: &Image, now: i64) -> impl Strategy<Value = Sent> + use<> {
    let image = Rc::new(image.clone());
    choices(CALL_BYTES)
        .prop_map(move |choices| call(&mut choices.chooser(), &Stage::of_image(&image, now)))
}

/// A call, made by choosing.
pub fn call(chooser: &mut Chooser<'_>, stage: &Stage<'_>) -> Sent {
    let mut maker = Maker { operators: stage.operators(), chooser, stage };
    let (sender, call) = maker.call();
    Sent { sender, call }
}

struct Maker<'m, 'c, 's> {
    chooser: &'m mut Chooser<'c>,
    stage: &'m Stage<'s>,
    operators: Vec<Address>,
}

impl Maker<'_, '_, '_> {
    fn call(&mut self) -> (Address, Call) {
        match self.chooser.below(100) {
            0..12 => {
                let sender = self.somebody();
                (sender, Call::AssociateTokens { token_amount: self.amount(sender) })
            }
            12..19 => {
                let sender = self.somebody();
                (sender, Call::DisassociateTokens { token_amount: self.amount(sender) })
            }
            19..24 => {
                let sender = self.somebody();
                (sender, Call::SetReservedTokens { new_reserved: self.amount(sender) })
            }
            24..27 => (self.somebody(), Call::UnlockExpiredStakes {}),
            27..31 => {
                let sender = self.somebody();
                let token_amount = self.amount(sender);
                let expiration_timestamp = self.expiration(sender);
                (sender, Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp })
            }
            31..34 => {
                let sender = self.somebody();
                let set = !self.chooser.seldom(2);
                let expiration_timestamp = set.then(|| self.expiration(sender));
                (sender, Call::SetExpirationForAssociation { expiration_timestamp })
            }
            34..37 => {
                let (sender, account) = (self.somebody(), self.somebody());
                (sender, Call::DisassociateAllExpiredStakes { account })
            }
            37..43 => {
                let rest_endpoint = RestEndpoint { rest_endpoint: self.endpoint() };
                (self.somebody(), Call::RegisterAsZkNode { rest_endpoint })
            }
            43..45 => {
                let rest_endpoint = self.endpoint();
                (self.somebody(), Call::UpdateNodeRestEndpoint { rest_endpoint })
            }
            45..48 => {
                let supported_protocol_version = self.version();
                (self.somebody(), Call::UpdateNodeProtocolVersion { supported_protocol_version })
            }
            48..50 => {
                let value = self.chooser.one_of(&[1, 2, 3, 0, 999, 1_000, -1]);
                let jurisdiction = Jurisdiction { value };
                (self.somebody(), Call::UpdateServerJurisdiction { jurisdiction })
            }
            50..53 => {
                let supported_ee_version = self.ee_version();
                (self.somebody(), Call::UpdateNodeEeVersion { supported_ee_version })
            }
            53..55 => (self.somebody(), Call::ResignAsZkNode {}),
            55..57 => {
                let sender = self.mostly(self.stage.collaborators.voting);
                (sender, Call::DisableZkNode { address: self.somebody() })
            }
            57..84 => self.request(),
            84..86 => (self.holder(), Call::DoneV1 {}),
            86..92 => {
                let holder = self.holder();
                (holder, Call::DoneV2 { engines_status: self.statuses(holder) })
            }
            92..94 => {
                let sender = self.mostly(self.stage.collaborators.zk_contract_deploy);
                (sender, Call::ContractDeleted { zk_contract: self.holder() })
            }
            94..97 => (self.somebody(), Call::CheckContractStatus { zk_contract: self.holder() }),
            _ => (self.somebody(), Call::ExtendDeadline { contract_address: self.holder() }),
        }
    }

    fn request(&mut self) -> (Address, Call) {
        match self.chooser.below(27) {
            0..6 => {
                let sender = self.served();
                let (number_of_nodes, total_stakes) = self.size();
                let jurisdictions = self.jurisdictions(number_of_nodes);
                let required_ee_version = self.ee_version();
                let call = Call::RequestNodes {
                    number_of_nodes,
                    total_stakes,
                    jurisdictions,
                    required_ee_version,
                };
                (sender, call)
            }
            6..11 => {
                let sender = self.served();
                let (zk_nodes, total_stakes) = self.listed();
                let required_ee_version = self.ee_version();
                (sender, Call::RequestListed { total_stakes, required_ee_version, zk_nodes })
            }
            11..15 => {
                let zk_contract = self.served();
                let (number_of_nodes, total_stakes) = self.size();
                let call = Call::RequestNodesV1 { zk_contract, number_of_nodes, total_stakes };
                (self.mostly(self.stage.collaborators.zk_contract_deploy), call)
            }
            15..19 => {
                let zk_contract = self.served();
                let (number_of_nodes, total_stakes) = self.size();
                let call = Call::RequestNodesV2 {
                    zk_contract,
                    number_of_nodes,
                    total_stakes,
                    jurisdictions: self.jurisdictions(number_of_nodes),
                    required_protocol_version: self.version(),
                };
                (self.mostly(self.stage.collaborators.zk_contract_deploy), call)
            }
            19..22 => {
                let zk_contract = self.served();
                let (zk_nodes, total_stakes) = self.listed();
                let required_protocol_version = self.version();
                let call = Call::RequestListedFor {
                    zk_contract,
                    total_stakes,
                    required_protocol_version,
                    zk_nodes,
                };
                (self.mostly(self.stage.collaborators.zk_contract_deploy), call)
            }
            _ => self.re_request(),
        }
    }

    fn re_request(&mut self) -> (Address, Call) {
        let holder = self.holder();
        let (mut number_of_nodes, mut total_stakes) = self.size();
        let mut specific_nodes = Vec::new();
        if self.chooser.seldom(2) {
            (specific_nodes, total_stakes) = self.listed();
            if !self.chooser.seldom(10) {
                number_of_nodes = i32::try_from(specific_nodes.len()).unwrap_or(i32::MAX);
            }
        }
        let call = Call::ReRequest {
            engines_status: self.statuses(holder),
            number_of_nodes,
            total_stakes,
            jurisdictions: self.jurisdictions(number_of_nodes),
            required_ee_version: self.ee_version(),
            specific_nodes,
        };
        (holder, call)
    }

    fn operator(&mut self) -> Address {
        self.chooser.one_of(&self.operators)
    }

    /// An operator, seldom somebody who is none.
    fn somebody(&mut self) -> Address {
        match self.chooser.byte() {
            250.. => cast::address(self.chooser.one_of(&[cast::STRANGER, "zk-1", cast::SYSTEM])),
            byte => self.operators[usize::from(byte) % self.operators.len()],
        }
    }

    /// `who`, seldom somebody else.
    fn mostly(&mut self, who: Address) -> Address {
        match self.chooser.below(20) {
            19 => self.operator(),
            18 => self.stage.collaborators.bp_orchestration,
            17 => self.stage.settings.stake_token,
            _ => who,
        }
    }

    /// A contract to be served, seldom what none can be.
    fn served(&mut self) -> Address {
        match self.chooser.byte() {
            250.. => cast::address(cast::SYSTEM),
            240.. => self.operator(),
            byte => cast::address(cast::SERVED[usize::from(byte) % cast::SERVED.len()]),
        }
    }

    /// A contract with a computation if there is one, seldom another.
    fn holder(&mut self) -> Address {
        let holders: Vec<Address> = self.stage.computations.keys().copied().collect();
        if holders.is_empty() || self.chooser.seldom(8) {
            return self.served();
        }
        self.chooser.one_of(&holders)
    }

    fn amount(&mut self, who: Address) -> i64 {
        numbers::amount(self.chooser, self.stage, who)
    }

    fn expiration(&mut self, who: Address) -> i64 {
        numbers::expiration(self.chooser, self.stage, who)
    }

    fn version(&mut self) -> SemanticVersion {
        numbers::version(self.chooser)
    }

    fn ee_version(&mut self) -> i32 {
        self.chooser.one_of(&[0, 0, 1, 1, 0, 2, 0, 1, i32::MAX, -1])
    }

    fn endpoint(&mut self) -> String {
        match self.chooser.below(14) {
            13 => String::new(),
            12 => format!("https://{}", "a".repeat(505)),
            11 => "https://a\u{1b}".to_owned(),
            10 => "http://a.example".to_owned(),
            9 => "https://".to_owned(),
            8 => format!("https://{}", "a".repeat(504)),
            n => format!("https://{n}.example"),
        }
    }

    /// How many nodes a request asks for, and for which stakes.
    fn size(&mut self) -> (i32, i64) {
        let nodes = self.chooser.one_of(&[1, 2, 2, 3, 1, 2, 3, 4, 1, 5, 16, 17, 0, -4]);
        (nodes, self.stakes(nodes))
    }

    fn stakes(&mut self, nodes: i32) -> i64 {
        let anyone = self.operator();
        numbers::stakes(self.chooser, self.stage, anyone, nodes)
    }

    /// Nodes, with the stakes for all of them.
    fn listed(&mut self) -> (Vec<Address>, i64) {
        let count = self.chooser.one_of(&[1, 1, 2, 2, 3, 4]);
        let first = self.chooser.below(self.operators.len());
        let mut nodes: Vec<Address> =
            self.operators.iter().cycle().skip(first).take(count).copied().collect();
        match self.chooser.byte() {
            255 => nodes.clear(),
            253.. => nodes = vec![nodes[0]; 65],
            250.. => nodes = numbers::seventeen(),
            247.. => nodes.push(nodes[0]),
            240.. => nodes.push(cast::address(cast::STRANGER)),
            byte if byte > 120 => nodes.reverse(),
            _ => {}
        }
        let stakes = self.stakes(i32::try_from(nodes.len()).unwrap_or(i32::MAX));
        (nodes, stakes)
    }

    fn jurisdictions(&mut self, nodes: i32) -> NodeJurisdictions {
        let lists = match self.chooser.below(16) {
            15 => return numbers::too_many_jurisdictions(self.chooser.seldom(2)),
            14 => 2 + self.chooser.below(4),
            11..14 => usize::try_from(nodes.clamp(0, 16)).unwrap_or_default(),
            7..11 => 1,
            _ => 0,
        };
        let list = |maker: &mut Self| {
            let codes = maker.chooser.below(3);
            let code = |maker: &mut Self| match maker.chooser.below(60) {
                59 => 0,
                58 => 1_000,
                n => 1 + i32::try_from(n % 3).unwrap_or_default(),
            };
            let list = (0..codes).map(|_| Jurisdiction { value: code(maker) }).collect();
            Jurisdictions { list }
        };
        NodeJurisdictions { node_jurisdictions: (0..lists).map(|_| list(self)).collect() }
    }

    /// What the holder of a computation says of its engines, now and then wrongly.
    fn statuses(&mut self, holder: Address) -> Vec<EngineStatus> {
        let computation = self.stage.computations.get(&holder);
        let mut engines = computation.map(|it| it.nodes.clone()).unwrap_or_default();
        match self.chooser.below(24) {
            23 => engines.push(self.operator()),
            22 => drop(engines.pop()),
            21 if !engines.is_empty() => engines.push(engines[0]),
            20 if self.chooser.seldom(4) => engines = vec![cast::address(cast::STRANGER); 65],
            19 => engines.push(cast::address(cast::STRANGER)),
            10..19 => engines.reverse(),
            _ => {}
        }
        let mut status = |engine| {
            let failure = self.chooser.seldom(3);
            let status = match failure {
                true => ZkNodeScoreStatus::Failure {},
                false => ZkNodeScoreStatus::Success {},
            };
            EngineStatus { engine, status }
        };
        engines.into_iter().map(&mut status).collect()
    }
}
