//! The answer as JSON: one object, amounts in units as decimal strings, times in milliseconds and
//! in UTC; what is unknown is left out.

use serde::Serialize;

use super::{Answer, NodeAnswer, WhyNot};
use crate::views::{TimeView, pretty, units};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    eligible: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    engines: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    nodes: Vec<NodeView>,
    now: TimeView,
    rpc: String,
    sender: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    served: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeView {
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<usize>,
    reasons: Vec<ReasonView>,
    slots: Vec<u8>,
}

#[derive(Serialize)]
struct ReasonView {
    code: &'static str,
    message: String,
}

impl WhyNot {
    /// The answer as one JSON object. Ends with a line break.
    pub fn json(&self) -> String {
        let (code, message) = match &self.answer {
            Answer::Accepted { .. } => (None, None),
            Answer::Refused { code, message } => (Some(code.clone()), Some(message.clone())),
            Answer::Broken { message } => (None, Some(message.clone())),
        };
        let engines = match &self.answer {
            Answer::Accepted { engines: Some(engines) } => {
                Some(engines.iter().map(|engine| format!("{engine:x}")).collect())
            }
            _ => None,
        };
        pretty(&View {
            accepted: matches!(self.answer, Answer::Accepted { .. }),
            code,
            eligible: self.eligible(),
            engines,
            message,
            nodes: self.nodes.iter().map(NodeView::of).collect(),
            now: self.now.into(),
            rpc: hex::encode(&self.rpc),
            sender: format!("{:x}", self.sender),
            served: self.request.as_ref().map(|request| format!("{:x}", request.served)),
            share: self.demand.map(|demand| units(demand.share)),
            transaction: self.transaction.map(hex::encode),
        })
    }
}

impl NodeView {
    fn of(node: &NodeAnswer) -> NodeView {
        let reason = |reason: &super::Ineligibility| ReasonView {
            code: reason.code(),
            message: reason.to_string(),
        };
        let reasons: &[_] = if node.is_eligible() { &[] } else { &node.reasons };
        NodeView {
            account: format!("{:x}", node.account),
            engine: node.engine,
            reasons: reasons.iter().map(reason).collect(),
            slots: node.slots.clone(),
        }
    }
}
