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
            found.push(plain(models.difference()));
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

    /// What is different, in few words.
    fn difference(&self) -> String {
        let (ours, theirs) = (&self.ours, &self.theirs);
        let mut words = Vec::new();
        differences("tokens", &ours.staked_tokens, &theirs.staked_tokens, &mut words);
        differences("node", &ours.zk_nodes, &theirs.zk_nodes, &mut words);
        differences("computation", &ours.computations, &theirs.computations, &mut words);
        if ours.roster != theirs.roster {
            words.push(format!("roster {:02x?}, the model {:02x?}", theirs.roster, ours.roster));
        }
        words.join("; ")
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
    Objection { what, answer: None }
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

fn differences<V: std::fmt::Debug + PartialEq>(
    what: &str,
    ours: &BTreeMap<model::Address, V>,
    theirs: &BTreeMap<model::Address, V>,
    words: &mut Vec<String>,
) {
    for key in ours.keys().chain(theirs.keys().filter(|key| !ours.contains_key(*key))) {
        let (our, their) = (ours.get(key), theirs.get(key));
        if our != their {
            words.push(format!("{what} of {}: {their:?}, the model {our:?}", hex::encode(key)));
        }
    }
}
