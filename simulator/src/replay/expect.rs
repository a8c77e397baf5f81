//! Whether what an `expect` line says holds.

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::{Computation, SemanticVersion, ZkNode};

use super::Holding;
use crate::action::{Names, Text};
use crate::name::Name;
use crate::neighbours::{ServedContract, WorkKind};
use crate::quantity::{Amount, Moment, Version};
use crate::step::{Bucket, Expectation, Standing};
use crate::transcript::words;
use crate::world::World;

/// # Errors
///
/// What holds instead, as a sentence.
pub(super) fn check(expectation: &Expectation, world: &mut World) -> Result<(), String> {
    match expectation {
        Expectation::Buckets { who, amounts } => buckets(who, amounts, world),
        Expectation::Unlocks { who, dates } => unlocks(who, dates, world),
        Expectation::NoRecord(who) => match holding(who, world) {
            None => Ok(()),
            Some(holding) => {
                let total = Amount::from_units(holding.amount(Bucket::Total));
                Err(format!("{who} has a token record, with {total} in all"))
            }
        },
        Expectation::Expires(who, expected) => {
            let Some(holding) = holding(who, world) else {
                return Err(format!("{who} has no token record that could expire"));
            };
            let expires = holding.expires;
            let moment = |at: &Option<Moment>| at.and_then(|at| world.time_of(at).ok());
            is(expires == moment(expected) && expires.is_some() == expected.is_some(), || {
                format!("the stake of {who} expires {}", date(expires, "never", world))
            })
        }
        Expectation::Holds(who, expected) => {
            let balance = world.balance(who);
            is(u128::try_from(expected.units()) == Ok(balance), || {
                format!("{who} holds {}, not {expected}", words::units(balance))
            })
        }
        Expectation::Standing(who, expected) => {
            let node = node(who, world);
            is(stands(node.as_ref(), *expected), || match standing(node.as_ref()) {
                Standing::Unknown => format!("{who} has never registered"),
                other => format!("{who} is {}, not {}", other.word(), expected.word()),
            })
        }
        Expectation::Score { who, allocated, success, failure } => {
            let score = known(who, world)?.score;
            let found = (score.allocated_score, score.success_score, score.failure_score);
            is(found == (*allocated, *success, *failure), || {
                format!("the score of {who} is {} success {} failure {}", found.0, found.1, found.2)
            })
        }
        Expectation::Endpoint(who, expected) => {
            let found = known(who, world)?.rest_endpoint.rest_endpoint;
            is(found == *expected, || format!("the endpoint of {who} is {}", Text(&found)))
        }
        Expectation::Version(who, expected) => {
            let found = known(who, world)?.supported_protocol_version.map(version);
            is(found == *expected, || match found {
                Some(version) => format!("the version of {who} is {version}"),
                None => format!("the version of {who} is unknown"),
            })
        }
        Expectation::EeVersion(who, expected) => {
            let found = known(who, world)?.supported_ee_version;
            is(found == *expected, || format!("the EE version of {who} is {found}"))
        }
        Expectation::Jurisdiction(who, expected) => {
            let found = known(who, world)?.server_jurisdiction.value;
            is(found == *expected, || format!("the jurisdiction of {who} is {found}"))
        }
        Expectation::Engines(contract, expected) => engines(contract, expected, world),
        Expectation::EngineCount(contract, expected) => {
            let found = computation(contract, world).map_or(0, |it| it.nodes.len());
            is(usize::try_from(*expected) == Ok(found), || {
                format!("{contract} has {found} engines, not {expected}")
            })
        }
        Expectation::Share(contract, expected) => {
            let found = Amount::from_units(served(contract, world)?.share);
            is(found == *expected, || format!("each engine of {contract} has allocated {found}"))
        }
        Expectation::End(contract, expected) => {
            let found = served(contract, world)?.allocation_end;
            let moment = expected.and_then(|at| world.time_of(at).ok());
            is(found == moment && found.is_some() == expected.is_some(), || {
                format!("the end of {contract} is {}", date(found, "unknown", world))
            })
        }
        Expectation::NoComputation(contract) => match computation(contract, world) {
            None => Ok(()),
            Some(it) => Err(format!("{contract} has {} engines", it.nodes.len())),
        },
        Expectation::Status(contract, expected) => {
            let found = zk_contract(contract, world)?.status();
            is(found == *expected, || format!("the status of {contract} is {}", found.word()))
        }
        Expectation::Deadline(contract, expected) => {
            let found = zk_contract(contract, world)?.deadline();
            let moment = expected.and_then(|at| world.time_of(at).ok());
            is(found == moment && found.is_some() == expected.is_some(), || {
                format!("the deadline of {contract} is {}", date(found, "unknown", world))
            })
        }
        Expectation::Owes { who, contract, items } => owes(who, contract, items, world),
        Expectation::Roster(expected) => roster(expected, world),
        Expectation::Mail(expected) => {
            let found = world.mail().count();
            is(usize::try_from(*expected) == Ok(found), || {
                let found = match found {
                    1 => "1 call or callback is".to_owned(),
                    more => format!("{more} calls and callbacks are"),
                };
                format!("{found} under way, not {expected}")
            })
        }
    }
}

fn is(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn buckets(who: &Name, expected: &[(Bucket, Amount)], world: &mut World) -> Result<(), String> {
    let holding = holding(who, world).unwrap_or_default();
    let found = |bucket| Amount::from_units(holding.amount(bucket));
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(bucket, amount)| found(*bucket) != *amount)
        .map(|(bucket, amount)| format!("{} {}, not {amount}", bucket.word(), found(*bucket)))
        .collect();
    is(wrong.is_empty(), || format!("{who} has {}", wrong.join("; ")))
}

fn unlocks(who: &Name, expected: &[(Amount, Moment)], world: &mut World) -> Result<(), String> {
    let found = holding(who, world).unwrap_or_default().unlocks;
    let mut wanted: Vec<(i64, i64)> = Vec::new();
    for (amount, at) in expected {
        let at = world.time_of(*at).map_err(|bad| bad.to_string())?;
        wanted.push((amount.units(), at));
    }
    wanted.sort_unstable_by_key(|(amount, at)| (*at, *amount));
    is(found == wanted, || {
        let found: Vec<String> = found
            .iter()
            .map(|(units, at)| {
                format!("{} at {}", Amount::from_units(*units), date(Some(*at), "", world))
            })
            .collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        format!("pending of {who} unlocks: {found}")
    })
}

fn engines(contract: &Name, expected: &[Name], world: &mut World) -> Result<(), String> {
    let found = computation(contract, world).map(|it| it.nodes).unwrap_or_default();
    let wanted = addresses(expected, world);
    is(found == wanted, || {
        format!(
            "the engines of {contract} are {}, not {}",
            words::names(&found, world),
            Names(expected)
        )
    })
}

fn owes(who: &Name, contract: &Name, items: &[WorkKind], world: &mut World) -> Result<(), String> {
    let node = world.address(who);
    let found = zk_contract(contract, world)?.owed().items(&node);
    let count = |items: &[WorkKind]| {
        WorkKind::ALL.map(|kind| items.iter().filter(|item| **item == kind).count())
    };
    is(count(&found) == count(items), || format!("{who} owes {contract} {}", words::items(&found)))
}

fn zk_contract<'w>(contract: &Name, world: &'w mut World) -> Result<&'w ServedContract, String> {
    let address = world.address(contract);
    let is_zk = address.address_type == AddressType::ZkContract;
    let served = world.served(contract).filter(|_| is_zk);
    served.ok_or_else(|| format!("{contract} is no ZK contract"))
}

fn roster(expected: &[Name], world: &mut World) -> Result<(), String> {
    let mut found = world.records().roster();
    let mut wanted = addresses(expected, world);
    found.sort_unstable();
    wanted.sort_unstable();
    is(found == wanted, || {
        format!("on the roster are {}, not {}", words::names(&found, world), Names(expected))
    })
}

fn addresses(names: &[Name], world: &mut World) -> Vec<Address> {
    names.iter().map(|name| world.address(name)).collect()
}

fn holding(who: &Name, world: &mut World) -> Option<Holding> {
    let address = world.address(who);
    let tokens = world.records().tokens(&address)?;
    Some(Holding::of(&tokens, world.now()))
}

fn node(who: &Name, world: &mut World) -> Option<ZkNode> {
    let address = world.address(who);
    world.records().node(&address)
}

fn known(who: &Name, world: &mut World) -> Result<ZkNode, String> {
    node(who, world).ok_or_else(|| format!("{who} has never registered"))
}

fn computation(contract: &Name, world: &mut World) -> Option<Computation> {
    let address = world.address(contract);
    world.records().computation(&address)
}

fn served(contract: &Name, world: &mut World) -> Result<Computation, String> {
    computation(contract, world).ok_or_else(|| format!("{contract} has no computation"))
}

fn standing(node: Option<&ZkNode>) -> Standing {
    let all = [Standing::Disabled, Standing::Resigned, Standing::Registered];
    all.into_iter().find(|it| stands(node, *it)).unwrap_or(Standing::Unknown)
}

/// A node can be resigned and disabled at once; registered means neither.
fn stands(node: Option<&ZkNode>, standing: Standing) -> bool {
    match (standing, node) {
        (Standing::Unknown, node) => node.is_none(),
        (_, None) => false,
        (Standing::Registered, Some(node)) => node.is_active() && !node.is_disabled,
        (Standing::Resigned, Some(node)) => node.is_resigned,
        (Standing::Disabled, Some(node)) => node.is_disabled,
    }
}

fn version(found: SemanticVersion) -> Version {
    let SemanticVersion { major, minor, patch } = found;
    Version { major, minor, patch }
}

fn date(at: Option<i64>, none: &str, world: &World) -> String {
    at.map_or_else(|| none.to_owned(), |at| words::date(at, world))
}
