//! The pure functions that tools ask, of the mutated contract and of the model: no call reaches
//! them, so histories compare them on the states that they come by.

use mutated_registry::rules::leave::{LeaveStep, ReturnFrom, leave};
use mutated_registry::rules::score::{Ending, OwedWork, verdict};
use mutated_registry::rules::units::Timestamp;
use mutated_registry::{Computation, ZkNodeScoreStatus, ZkNodeTokens};
use pbc_contract_common::address::Address;
use pbc_traits::ReadWriteState;
use reference_model as model;
use registry_tests::History;
use registry_tests::mirror::bytes;
use zkreg::engine::Engine;

/// Where the trees of the registry have token records and computations.
const STAKED_TOKENS: i32 = 0;
const COMPUTATIONS: i32 = 2;

/// How a view differs from the model's, on the present state.
pub(crate) fn difference<E: Engine + Clone>(history: &History<E>) -> Option<String> {
    plan_differs(history).or_else(verdict_differs)
}

fn plan_differs<E: Engine + Clone>(history: &History<E>) -> Option<String> {
    let registry = history.registry();
    let model = history.model();
    let record = |tree, key: &[u8]| registry.trees.get(tree, key);
    let computation = |contract: &Address| {
        let bytes = record(COMPUTATIONS, &bytes(contract))?;
        Some(Computation::state_read_from(&mut &*bytes))
    };
    let now = Timestamp::from_millis(registry.now);
    model.staked_tokens.iter().find_map(|(account, expected)| {
        let tokens = record(STAKED_TOKENS, account)?;
        let tokens = ZkNodeTokens::state_read_from(&mut &*tokens);
        let plan = leave(Some(&tokens), computation, now);
        let steps = plan.steps.iter().map(|step| match step {
            LeaveStep::SetReserved { amount } => {
                model::LeaveStep::SetReserved { amount: amount.units() }
            }
            LeaveStep::WaitUntil { exit } => {
                model::LeaveStep::Wait { until: exit.map(Timestamp::millis) }
            }
            LeaveStep::Disassociate { amount } => {
                model::LeaveStep::Disassociate { amount: amount.units() }
            }
        });
        let schedule = plan.schedule.iter().map(|back| model::Returning {
            from: match back.from {
                ReturnFrom::Computation { contract, .. } => {
                    model::ReturningFrom::Contract(bytes(&contract))
                }
                ReturnFrom::Pending { released_at } => {
                    model::ReturningFrom::Release(released_at.millis())
                }
            },
            amount: back.amount.units(),
            back: back.free_at.map(Timestamp::millis),
        });
        let expected = model::leave(Some(expected), &model.computations, registry.now);
        let same = steps.eq(expected.steps) && schedule.eq(expected.schedule);
        (!same).then(|| "leave".to_owned())
    })
}

/// Every ending with every combination of owed kinds of work.
fn verdict_differs() -> Option<String> {
    let endings = [
        (Ending::Done, model::Ending::Done),
        (Ending::Malicious, model::Ending::Malicious),
        (Ending::Deleted, model::Ending::Deleted),
        ongoing(true),
        ongoing(false),
    ];
    let differs = |(ours, theirs): (Ending, model::Ending), owed: u32| {
        let [a, b, c, d] = [owed & 1, owed >> 1 & 1, owed >> 2 & 1, owed >> 3 & 1];
        let is = verdict(
            ours,
            OwedWork {
                on_chain_inputs: a,
                on_chain_opens: b,
                attestations: c,
                finished_computations: d,
            },
        );
        let expected = model::verdict(
            theirs,
            model::OwedWork {
                on_chain_inputs: a,
                on_chain_opens: b,
                attestations: c,
                finished_computations: d,
            },
        );
        matches!(is, ZkNodeScoreStatus::Success {}) != (expected == model::Status::Success)
    };
    let found = endings.into_iter().any(|ending| (0..16).any(|owed| differs(ending, owed)));
    found.then(|| "verdict".to_owned())
}

fn ongoing(computation_ongoing: bool) -> (Ending, model::Ending) {
    (
        Ending::DeadlineReached { computation_ongoing },
        model::Ending::DeadlineReached { computation_ongoing },
    )
}
