#![doc = include_str!("../README.md")]

mod records;

use pbc_host::{Group, Sections};
use pbc_lib::{Failure, Trees};
use reference_model as model;
use zkreg::image::Image;
use zkreg::invariants::{Answer, Delivery, Registry, TreeKey};
use zkreg::names::bytes_of;

/// A mistake that can be made when a registry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A transfer out that failed counts as one that succeeded: the tokens are gone.
    ForgetsFailedTransfers,
    /// Released tokens are free one millisecond before the 14 days are over.
    UnlocksTooEarly,
}

/// The reference model, which keeps its records in maps of its own, as a registry of the chain.
#[derive(Clone, Debug)]
pub struct Another {
    model: model::Model,
    bug: Option<Bug>,
    /// The records in the format of the chain, and which of them the last call wrote.
    root: Vec<u8>,
    trees: Trees,
    written: Vec<TreeKey>,
}

impl Another {
    /// The registry in a state.
    pub fn of(image: &Image) -> Another {
        let (root, trees) = image.store();
        Another { model: records::model_of(image), bug: None, root, trees, written: Vec::new() }
    }

    /// The same with a mistake in it.
    pub fn with(self, bug: Bug) -> Another {
        Another { bug: Some(bug), ..self }
    }

    /// Writes the records down as the chain keeps them.
    fn store(&mut self) {
        let (root, trees) = records::image_of(&self.model).store();
        self.written = differences(&self.trees, &trees);
        (self.root, self.trees) = (root, trees);
    }

    fn apply(&mut self, delivery: &Delivery) -> Result<model::Effects, model::Refusal> {
        let call = match &delivery.callback {
            None => model::Call::decode(&delivery.rpc)?,
            Some(_) => model::Call::decode_callback(&delivery.rpc)?,
        };
        let callback = delivery.callback.as_ref().map(|results| model::CallbackOutcome {
            success: results.success || self.overlooks_failure(&call),
            results: results
                .results
                .iter()
                .map(|result| (result.succeeded, result.return_data.clone()))
                .collect(),
        });
        let early = self.bug == Some(Bug::UnlocksTooEarly);
        let early = early && matches!(call, model::Call::DisassociateTokens { .. });
        let context = model::Context {
            sender: bytes_of(&delivery.sender),
            contract_address: bytes_of(&delivery.registry),
            now_ms: delivery.now + i64::from(early),
            transaction: delivery.transaction,
            callback,
        };
        self.model.apply(&call, &context)
    }

    fn overlooks_failure(&self, call: &model::Call) -> bool {
        self.bug == Some(Bug::ForgetsFailedTransfers)
            && matches!(call, model::Call::OnDisassociated { .. })
    }
}

/// The whole interface: a call goes in, an answer comes out, and there is a state to look at.
impl Registry for Another {
    fn deliver(&mut self, delivery: &Delivery) -> Answer {
        self.written.clear();
        match self.apply(delivery) {
            Ok(effects) => {
                self.store();
                Ok(groups(&effects))
            }
            Err(refusal) => Err(Failure::refused(refusal.code, String::new())),
        }
    }

    fn root(&self) -> &[u8] {
        &self.root
    }

    fn trees(&self) -> &Trees {
        &self.trees
    }

    fn written(&self) -> Vec<TreeKey> {
        self.written.clone()
    }
}

/// What is sent, as the chain would read it.
fn groups(effects: &model::Effects) -> Vec<Group> {
    const EVENTS: u8 = 0x02;
    let events = effects.event_groups();
    if events.is_empty() {
        return Vec::new();
    }
    let length = u32::try_from(events.len()).expect("events are short");
    let section = [&[EVENTS][..], &length.to_be_bytes(), &events].concat();
    Sections::decode(&section).expect("the model writes groups as the chain reads them").events
}

/// The keys whose entries are not the same.
fn differences(before: &Trees, after: &Trees) -> Vec<TreeKey> {
    let mut keys = Vec::new();
    for tree in after.ids() {
        let changed = after.iter(tree).filter(|(key, value)| before.get(tree, key) != Some(*value));
        keys.extend(changed.map(|(key, _)| (tree, key.to_vec())));
        let gone = before.iter(tree).filter(|(key, _)| after.get(tree, key).is_none());
        keys.extend(gone.map(|(key, _)| (tree, key.to_vec())));
    }
    keys
}
