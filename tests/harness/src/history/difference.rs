//! How contract and model differ after a step.

use pbc_host::Group;
use pbc_lib::Failure;
use reference_model as model;

use super::encode_groups;

/// How contract and model differed.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In what: `answer`, `events`, `invariants`, or the fields of the state, such as `roster`.
    pub fields: Vec<&'static str>,
    /// What was called, and what each of the two made of it.
    pub text: String,
}

impl Difference {
    /// The first difference, if there is one, between the contract's answer and state after the
    /// call `what` and what the model expects.
    pub(super) fn between(
        what: &str,
        (theirs, state): (&Result<Vec<Group>, Failure>, &model::Model),
        (expected, ours): (&Result<model::Effects, model::Refusal>, &model::Model),
    ) -> Option<Difference> {
        let differ = |fields, text| Some(Difference { fields, text: format!("{what}\n{text}") });
        match (theirs, expected) {
            (Ok(events), Ok(effects)) => {
                if encode_groups(events) != effects.event_groups() {
                    let text = format!("emitted {events:?}\nexpected {effects:?}");
                    return differ(vec!["events"], text);
                }
            }
            (Err(Failure::Refused { code, .. }), Err(refusal)) if *code == refusal.code => {}
            _ => {
                let text = format!("answered {theirs:?}\nexpected {expected:?}");
                return differ(vec!["answer"], text);
            }
        }
        if state != ours {
            let text = format!("state {state:#?}\nexpected {ours:#?}");
            return differ(different_fields(state, ours), text);
        }
        match ours.check().as_slice() {
            [] => None,
            broken => differ(vec!["invariants"], format!("breaks {broken:?}")),
        }
    }
}

/// In which fields two states are different, each once.
fn different_fields(one: &model::Model, other: &model::Model) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut note = |field, differs: bool| {
        if differs && !fields.contains(&field) {
            fields.push(field);
        }
    };
    note("collaborators", one.collaborators != other.collaborators);
    note("settings", one.settings != other.settings);
    for account in one.staked_tokens.keys().chain(other.staked_tokens.keys()) {
        let (a, b) = (one.staked_tokens.get(account), other.staked_tokens.get(account));
        let (Some(a), Some(b)) = (a, b) else {
            note("staked_tokens", true);
            continue;
        };
        note("allocated_tokens", a.allocated != b.allocated);
        note("expiration_timestamp", a.expiration != b.expiration);
        note("free_tokens", a.free != b.free);
        note("pending_unlock", a.pending != b.pending);
        note("reserved_tokens", a.reserved != b.reserved);
        note("incoming_tokens", a.incoming != b.incoming);
        note("outgoing_tokens", a.outgoing != b.outgoing);
    }
    for account in one.zk_nodes.keys().chain(other.zk_nodes.keys()) {
        let (Some(a), Some(b)) = (one.zk_nodes.get(account), other.zk_nodes.get(account)) else {
            note("zk_nodes", true);
            continue;
        };
        note("score", a.score != b.score);
        note("is_disabled", a.is_disabled != b.is_disabled);
        note("is_resigned", a.is_resigned != b.is_resigned);
        note("public_key", a.public_key != b.public_key);
        let rest = |node: &model::NodeRecord| model::NodeRecord {
            score: a.score,
            is_disabled: false,
            is_resigned: false,
            public_key: None,
            ..node.clone()
        };
        note("zk_nodes", rest(a) != rest(b));
    }
    note("computations", one.computations != other.computations);
    note("roster", one.roster != other.roster);
    fields
}
