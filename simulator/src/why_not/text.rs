//! The answer for people.

use std::fmt::Write as _;

use comfy_table::CellAlignment;
use zk_node_registry::rules::eligibility::RequiredVersion;

use super::{Answer, NodeAnswer, WhyNot};
use crate::status::{Style, date, mpc, rows};

impl WhyNot {
    /// The answer in words and a table, amounts in MPC, times in UTC. Ends with a line break.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let rpc = hex::encode(&self.rpc);
        line(&mut text, format_args!("{rpc}"));
        line(&mut text, format_args!("sent by {:x} at {}", self.sender, date(self.now)));
        if let (Some(request), Some(demand)) = (&self.request, &self.demand) {
            let nodes = request.nodes.get();
            line(
                &mut text,
                format_args!(
                    "{nodes} node{} with {} MPC each for {:x}, {}",
                    if nodes == 1 { "" } else { "s" },
                    mpc(demand.share),
                    request.served,
                    version(request.version)
                ),
            );
        }
        text.push('\n');
        text.push_str(&self.conclusion());
        if !self.nodes.is_empty() {
            text.push('\n');
            self.write_nodes(&mut text, style);
        }
        text
    }

    fn conclusion(&self) -> String {
        let slots = self.request.as_ref().map_or(0, |request| request.nodes.get());
        let eligible = self.eligible();
        let all = self.nodes.len();
        match &self.answer {
            Answer::Accepted { engines } => {
                let mut text = format!(
                    "The request succeeds: of {all} accounts {eligible} are eligible, {slots} are \
                     needed.\n"
                );
                match (engines, self.transaction) {
                    (Some(_), None) => {}
                    (Some(engines), Some(hash)) => {
                        let hash = hex::encode(hash);
                        line(&mut text, format_args!("Transaction {hash} gives these engines:"));
                        for (place, engine) in engines.iter().enumerate() {
                            line(&mut text, format_args!("  {place}  {engine:x}"));
                        }
                    }
                    (None, _) => text.push_str(
                        "Which of them it takes depends on the hash of the transaction (`--tx`).\n",
                    ),
                }
                text
            }
            Answer::Refused { code, message } => {
                format!("The request is refused: {code}: {message}.\n")
            }
            Answer::Broken { message } => format!("The contract broke down: {message}.\n"),
        }
    }

    fn write_nodes(&self, text: &mut String, style: Style) {
        let has_lists = self
            .request
            .as_ref()
            .is_some_and(|request| request.jurisdictions.node_jurisdictions.len() > 1);
        let heads = ["NODE", "ELIGIBLE", "WHY NOT"].map(|name| (name, CellAlignment::Left));
        rows(text, style, &heads, &self.nodes, |node| {
            vec![format!("{:x}", node.account), eligible(node, has_lists), why(node)]
        });
    }
}

fn eligible(node: &NodeAnswer, has_lists: bool) -> String {
    let mut text = match node.slots.as_slice() {
        [] => "no".to_owned(),
        slots if has_lists => {
            let slots: Vec<String> = slots.iter().map(u8::to_string).collect();
            format!("yes, slots {}", slots.join(", "))
        }
        _ => "yes".to_owned(),
    };
    if let Some(engine) = node.engine {
        write!(text, ", engine {engine}").expect("invariant: writing to a string succeeds");
    }
    text
}

fn why(node: &NodeAnswer) -> String {
    if node.is_eligible() {
        return String::new();
    }
    let reasons = node.reasons.iter().map(|reason| format!("{}: {reason}", reason.code()));
    reasons.collect::<Vec<_>>().join("\n")
}

fn version(version: RequiredVersion) -> String {
    match version {
        RequiredVersion::Any => "any version".to_owned(),
        RequiredVersion::Protocol(version) => {
            format!("protocol version {version} or higher")
        }
        RequiredVersion::ExecutionEngine(version) => format!("EE version {version} or higher"),
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("invariant: writing to a string succeeds");
}
