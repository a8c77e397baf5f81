//! The reference model as a witness of the histories that `zkreg fuzz` makes.
//!
//! After every step answer, emitted calls and the whole state are compared. Of the registry's state
//! only what the step has written is read anew; now and then, and at the end, all of it is.

use std::collections::BTreeMap;

use pbc_contract_common::address::{Address, AddressType};
use pbc_lib::{Failure, Trees};
use reference_model as model;
use zkreg::fuzz::{Objection, Scene, Witness};
use zkreg::invariants::{Delivery, Facts, TreeKey};
use zkreg::name::Name;
use zkreg::quantity::Amount;
use zkreg::step::{Bucket, Expectation};
use zkreg::world::Records;

use crate::history::encode_groups;
use crate::mirror::{bytes, computation, model_of_records, node, tokens};

/// One of so many steps is followed by reading the whole state anew.
const WHOLE_ONE_OF: u32 = 256;

/// The model, and the registry's state in its terms.
#[derive(Default)]
pub struct SecondOpinion {
    /// Created, but not begun.
    created: Option<model::Model>,
    models: Option<Models>,
    steps: u32,
}

struct Models {
    ours: model::Model,
    theirs: model::Model,
}

impl Witness for SecondOpinion {
    fn created(&mut self, delivery: &Delivery, answer: Result<(), &Failure>) -> Vec<Objection> {
        let arguments = model::CreateArguments::decode(&delivery.rpc);
        let expected = arguments.and_then(|arguments| model::Model::create(&arguments));
        let objection = differ(answer, expected.as_ref().map(|_| ()));
        self.created = expected.ok();
        objection.into_iter().collect()
    }

    fn begins(&mut self, root: &[u8], trees: &Trees) {
        let theirs = model_of_records(&Records::new(root, trees));
        let ours = self.created.take().unwrap_or_else(|| theirs.clone());
        self.models = Some(Models { ours, theirs });
    }

    fn saw(&mut self, scene: &Scene<'_>) -> Vec<Objection> {
        let Some(models) = &mut self.models else { return Vec::new() };
        self.steps = self.steps.wrapping_add(1);
        let expected = models.apply(scene.delivery);
        let answer = scene.answer.as_ref().map(|_| ());
        let mut found: Vec<Objection> =
            differ(answer, expected.as_ref().map(|_| ())).into_iter().collect();
        if let (Ok(groups), Ok(effects)) = (scene.answer, &expected)
            && encode_groups(groups) != effects.event_groups()
        {
            found.push(plain(format!("emitted {groups:?}, the model {effects:?}")));
        }
        models.read(scene.written, scene.facts);
        if models.ours != models.theirs {
            found.push(models.difference(scene.delivery.now));
        }
        if self.steps.is_multiple_of(WHOLE_ONE_OF) {
            found.extend(models.whole(scene.root, scene.trees));
        }
        found
    }

    fn ends(&mut self, root: &[u8], trees: &Trees) -> Vec<Objection> {
        self.models.as_ref().map_or(Vec::new(), |models| models.whole(root, trees))
    }
}

impl Models {
    fn apply(&mut self, delivery: &Delivery) -> Result<model::Effects, model::Refusal> {
        let call = match &delivery.callback {
            None => model::Call::decode(&delivery.rpc)?,
            Some(_) => model::Call::decode_callback(&delivery.rpc)?,
        };
        let callback = delivery.callback.as_ref().map(|told| model::CallbackOutcome {
            success: told.success,
            results: told
                .results
                .iter()
                .map(|result| (result.succeeded, result.return_data.clone()))
                .collect(),
        });
        let context = model::Context {
            sender: bytes(&delivery.sender),
            contract_address: bytes(&delivery.registry),
            now_ms: delivery.now,
            transaction: delivery.transaction,
            callback,
        };
        self.ours.apply(&call, &context)
    }

    /// Takes over what a step has written.
    fn read(&mut self, written: &[TreeKey], facts: &Facts) {
        let theirs = &mut self.theirs;
        let mut roster_changed = false;
        for (tree, key) in written {
            // The trees of registry.md 3.1, in their order.
            match tree {
                0 => take(key, &facts.staked_tokens, &mut theirs.staked_tokens, tokens),
                1 => take(key, &facts.zk_nodes, &mut theirs.zk_nodes, node),
                2 => take(key, &facts.computations, &mut theirs.computations, computation),
                _ => roster_changed = true,
            }
        }
        if roster_changed {
            theirs.roster = facts.roster.values().map(bytes).collect();
        }
    }

    /// What is different at `now`, in few words.
    fn difference(&self, now: i64) -> Objection {
        let (ours, theirs) = (&self.ours, &self.theirs);
        let (mut words, mut expect) = (Vec::new(), Vec::new());
        for account in differing(&ours.staked_tokens, &theirs.staked_tokens) {
            let (our, their) = (ours.staked_tokens.get(account), theirs.staked_tokens.get(account));
            words.push(format!("tokens of {}: {their:?}, the model {our:?}", hex::encode(account)));
            expect.push(match our {
                Some(our) => {
                    Expectation::Buckets { who: name(account), amounts: buckets(our, now) }
                }
                None => Expectation::NoRecord(name(account)),
            });
        }
        for account in differing(&ours.zk_nodes, &theirs.zk_nodes) {
            let (our, their) = (ours.zk_nodes.get(account), theirs.zk_nodes.get(account));
            words.push(format!("node {}: {their:?}, the model {our:?}", hex::encode(account)));
            if let Some(model::Score { allocated, failure, success }) = our.map(|node| node.score) {
                let who = name(account);
                expect.push(Expectation::Score { who, allocated, success, failure });
            }
        }
        for contract in differing(&ours.computations, &theirs.computations) {
            let (our, their) = (ours.computations.get(contract), theirs.computations.get(contract));
            words.push(format!("work for {}: {their:?}, the model {our:?}", hex::encode(contract)));
            expect.push(match our {
                Some(our) => {
                    Expectation::Engines(name(contract), our.nodes.iter().map(name).collect())
                }
                None => Expectation::NoComputation(name(contract)),
            });
        }
        if ours.roster != theirs.roster {
            words.push(format!("roster {:02x?}, the model {:02x?}", theirs.roster, ours.roster));
            expect.push(Expectation::Roster(ours.roster.iter().map(name).collect()));
        }
        Objection { what: words.join("; "), answer: None, expect }
    }

    fn whole(&self, root: &[u8], trees: &Trees) -> Vec<Objection> {
        let mut found = Vec::new();
        if model_of_records(&Records::new(root, trees)) != self.ours {
            found.push(plain("the whole state is another than the model's".to_owned()));
        }
        found.extend(self.ours.check().into_iter().map(plain));
        found
    }
}

fn plain(what: String) -> Objection {
    Objection { what, answer: None, expect: Vec::new() }
}

fn differ(
    answer: Result<(), &Failure>,
    expected: Result<(), &model::Refusal>,
) -> Option<Objection> {
    let same = match (&answer, &expected) {
        (Ok(()), Ok(())) => true,
        (Err(Failure::Refused { code, .. }), Err(refusal)) => *code == refusal.code,
        _ => false,
    };
    (!same).then(|| Objection {
        what: format!("answered {answer:?}, the model {expected:?}"),
        answer: Some(expected.err().map(|refusal| refusal.code.to_owned())),
        expect: Vec::new(),
    })
}

/// Takes one record over, in the model's terms.
fn take<V, M>(
    key: &[u8],
    facts: &BTreeMap<Address, V>,
    theirs: &mut BTreeMap<model::Address, M>,
    convert: impl Fn(&V) -> M,
) {
    let (Ok(key), Some(address)) = (model::Address::try_from(key), address(key)) else { return };
    match facts.get(&address) {
        Some(value) => drop(theirs.insert(key, convert(value))),
        None => drop(theirs.remove(&key)),
    }
}

fn address(key: &[u8]) -> Option<Address> {
    let (kind, identifier) = key.split_first()?;
    let address_type = match kind {
        0 => AddressType::Account,
        1 => AddressType::SystemContract,
        2 => AddressType::PublicContract,
        3 => AddressType::ZkContract,
        4 => AddressType::GoveranceContract,
        _ => return None,
    };
    Some(Address { address_type, identifier: identifier.try_into().ok()? })
}

/// The keys at which two maps differ.
fn differing<'a, V: PartialEq>(
    ours: &'a BTreeMap<model::Address, V>,
    theirs: &'a BTreeMap<model::Address, V>,
) -> impl Iterator<Item = &'a model::Address> {
    let only_theirs = theirs.keys().filter(|key| !ours.contains_key(*key));
    ours.keys().chain(only_theirs).filter(|key| ours.get(*key) != theirs.get(*key))
}

/// The name that an address has by itself.
fn name(address: &model::Address) -> Name {
    hex::encode(address).parse().expect("the hex digits of an address are a name")
}

/// Where the tokens of a record are at `now`.
fn buckets(tokens: &model::TokenRecord, now: i64) -> Vec<(Bucket, Amount)> {
    let swept = tokens.swept(now);
    let sum = |sum: i128| i64::try_from(sum).expect("the parts of a record fit in i64");
    [
        (Bucket::Free, swept.free),
        (Bucket::Allocated, sum(swept.allocated_sum())),
        (Bucket::Pending, sum(swept.pending_sum())),
        (Bucket::Reserved, swept.reserved),
        (Bucket::Incoming, swept.incoming),
        (Bucket::Outgoing, swept.outgoing),
    ]
    .map(|(bucket, units)| (bucket, Amount::from_units(units)))
    .to_vec()
}
