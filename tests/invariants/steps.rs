//! Steps that write something else than they should.

use pbc_contract_common::PublicKey;
use registry_tests::{DAY, node, stranger, voting, zk};
use zk_node_registry::{EngineStatus, Pending, RestEndpoint, ZkNodeScoreStatus};
use zkreg::call::Call;
use zkreg::invariants::Property;

use crate::Case;
use crate::broken::{Edit, Hook};
use crate::story::{Story, jurisdiction, listed, reserve};

pub(crate) const CASES: &[Case] = &[
    (Property::INV_05, &[Property::INV_05, Property::INV_06], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.free_tokens -= 1)));
        story.breaks(node(3), Call::DisassociateTokens { token_amount: 10 })
    }),
    (Property::INV_06, &[Property::INV_06], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            let payload = &mut groups(edit)[0].interactions[0].payload;
            *payload.last_mut().expect("not empty") += 1;
        }));
        story.breaks(node(3), Call::DisassociateTokens { token_amount: 10 })
    }),
    (Property::INV_07, &[Property::INV_07], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.incoming_tokens += 1)));
        story.breaks(node(3), Call::AssociateTokens { token_amount: 10 })
    }),
    (Property::INV_11, &[Property::INV_11, Property::INV_28], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(3), |it| {
                it.free_tokens -= 5;
                let unlock_time = crate::story::START;
                it.pending_unlock.push(Pending { amount: 5, unlock_time });
            });
        }));
        story.breaks(node(3), reserve(1))
    }),
    (Property::INV_12, &[Property::INV_12], || {
        let mut story = Story::released();
        story.now += 14 * DAY;
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(1), |it| {
                it.free_tokens -= 100;
                let unlock_time = crate::story::START;
                it.pending_unlock.push(Pending { amount: 100, unlock_time });
            });
        }));
        story.breaks(node(1), reserve(1))
    }),
    (Property::INV_14, &[Property::INV_14, Property::INV_27], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.node(node(1), |it| {
                it.score.allocated_score -= 1;
                it.score.success_score -= 1;
            });
        }));
        story.breaks(zk(1), Call::DoneV1 {})
    }),
    (Property::INV_15, &[Property::INV_15], || {
        let mut story = Story::released();
        story.tamper(Hook::writes(|edit| {
            edit.node(node(1), |it| {
                it.score.success_score -= 1;
                it.score.failure_score += 1;
            });
        }));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_16, &[Property::INV_16], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.node(node(1), |it| it.public_key = Some(PublicKey { bytes: [2; 33] }));
        }));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_17, &[Property::INV_17], || {
        let mut story = Story::new();
        let rest_endpoint = RestEndpoint { rest_endpoint: "https://a.example".to_owned() };
        story.accept(node(1), Call::RegisterAsZkNode { rest_endpoint });
        story.accept(voting(), Call::DisableZkNode { address: node(1) });
        story.tamper(Hook::writes(|edit| edit.node(node(1), |it| it.is_disabled = false)));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_18, &[Property::INV_18, Property::INV_25], || {
        let mut story = Story::new();
        let rest_endpoint = RestEndpoint { rest_endpoint: "https://a.example".to_owned() };
        story.accept(node(1), Call::RegisterAsZkNode { rest_endpoint });
        story.tamper(Hook::writes(|edit| edit.copy_node(node(1), stranger())));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_21, &[Property::INV_21], || {
        let mut story = Story::at_work();
        story.accept(node(1), Call::CheckContractStatus { zk_contract: zk(1) });
        story.tamper(Hook::writes(|edit| {
            edit.computation(zk(1), |it| it.allocation_end = Some(crate::story::START));
        }));
        story.call_back(Call::OnContractStatus { zk_contract: zk(1) }, false, Vec::new()).1
    }),
    (Property::INV_22, &[Property::INV_22], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.root[5] ^= 1));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_23, &[Property::INV_23], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.raw(1, stranger(), &[7])));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_24, &[Property::INV_24], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.reserved_tokens = 7)));
        story.breaks(node(3), reserve(-1))
    }),
    (Property::INV_25, &[Property::INV_25], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.tokens(node(1), |it| it.reserved_tokens = 7)));
        story.breaks(node(3), reserve(1))
    }),
    (Property::INV_26, &[Property::INV_09, Property::INV_26], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(3), |it| {
                it.free_tokens -= 1;
                it.allocated_tokens.insert(zk(2), 101);
            });
        }));
        story.breaks(zk(2), listed(100, &[node(3)]))
    }),
    (Property::INV_27, &[Property::INV_27], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.node(node(1), |it| {
                it.score.success_score -= 1;
                it.score.failure_score += 1;
            });
        }));
        let status = |engine| EngineStatus { engine, status: ZkNodeScoreStatus::Success {} };
        let engines_status = vec![status(node(1)), status(node(2))];
        story.breaks(zk(1), Call::DoneV2 { engines_status })
    }),
    (Property::INV_28, &[Property::INV_28], || {
        let mut story = Story::released();
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(1), |it| {
                it.free_tokens -= 5;
                it.pending_unlock[0].amount += 5;
            });
        }));
        story.breaks(node(1), reserve(1))
    }),
    (
        Property::INV_29,
        &[Property::INV_05, Property::INV_06, Property::INV_28, Property::INV_29],
        || {
            let mut story = Story::at_work();
            story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.free_tokens += 1)));
            story.breaks(node(3), reserve(1))
        },
    ),
    (Property::INV_30, &[Property::INV_30], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.reserved_tokens = 901)));
        story.breaks(zk(2), listed(100, &[node(3)]))
    }),
    (Property::INV_33, &[Property::INV_33], || {
        let mut story = Story::at_work();
        story.accept(node(3), reserve(5));
        story.accept(node(3), Call::DisassociateTokens { token_amount: 10 });
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.reserved_tokens = 0)));
        let (account, amount, cut) = (node(3), 10, 5);
        story.call_back(Call::OnDisassociated { account, amount, cut }, false, Vec::new()).1
    }),
    (Property::T_01, &[Property::INV_28, Property::T_01], || {
        let mut story = Story::released();
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(1), |it| {
                it.free_tokens += 100;
                it.pending_unlock.clear();
            });
        }));
        story.breaks(node(1), reserve(1))
    }),
    (Property::T_03, &[Property::INV_11, Property::INV_28, Property::T_01, Property::T_03], || {
        let mut story = Story::released();
        story.tamper(Hook::writes(|edit| {
            edit.tokens(node(1), |it| it.pending_unlock[0].unlock_time += 1);
        }));
        story.breaks(node(1), reserve(1))
    }),
    (Property::T_04, &[Property::T_04], || {
        let mut story = Story::at_work();
        story.accept(node(3), reserve(1_000));
        story.tamper(Hook::writes(|edit| edit.tokens(node(3), |it| it.reserved_tokens = 0)));
        story.breaks(node(3), Call::UnlockExpiredStakes {});
        story.tamper(Hook::default());
        story.breaks(zk(2), listed(100, &[node(3)]))
    }),
    (Property::T_10, &[Property::INV_14, Property::T_10], || {
        let mut story = Story::at_work();
        story.tamper(Hook::writes(|edit| {
            edit.node(node(3), |it| {
                it.score.allocated_score += 1;
                it.score.success_score += 1;
            });
        }));
        story.breaks(node(3), jurisdiction(208))
    }),
    (Property::T_12, &[Property::INV_19, Property::T_12], || {
        let mut story = Story::at_work();
        story.accept(voting(), Call::DisableZkNode { address: node(3) });
        story.tamper(Hook::writes(|edit| edit.node(node(3), |it| it.is_disabled = false)));
        story.breaks(node(3), jurisdiction(208));
        story.tamper(Hook::default());
        story.breaks(zk(2), listed(100, &[node(3)]))
    }),
    (Property::T_13, &[Property::T_13], || {
        let mut story = Story::at_work();
        story.accept(node(1), Call::CheckContractStatus { zk_contract: zk(1) });
        story.tamper(Hook::writes(|edit| edit.computation(zk(1), |it| it.total_stakes -= 1)));
        story.call_back(Call::OnContractStatus { zk_contract: zk(1) }, false, Vec::new()).1
    }),
];

fn groups<'a>(edit: &'a mut Edit<'_>) -> &'a mut Vec<pbc_host::Group> {
    edit.answer.as_mut().expect("the call is taken")
}
