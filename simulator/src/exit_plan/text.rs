//! The plan for people.

use std::fmt::Write as _;

use zk_node_registry::rules::leave::ReturnFrom;
use zk_node_registry::rules::units::Timestamp;

use super::{ChoiceFrom, ExitPlan, PlannedCall, PlannedReturn};
use crate::status::{Style, date, draw, mpc, table};

impl ExitPlan {
    /// The plan in words and tables, amounts in MPC, times in UTC. Ends with a line break.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        self.write_stage(&mut text);
        if self.calls.is_empty() {
            return text;
        }
        text.push('\n');
        let mut plan = table(style);
        plan.set_header(["WHEN", "CALL", "BYTES", "AFTERWARDS"]);
        for row in self.rows() {
            plan.add_row(row);
        }
        draw(&mut text, &plan);
        line(&mut text, format_args!("\n{}", self.conclusion()));
        if !self.limits.is_empty() {
            line(&mut text, format_args!("\nWhat can move the date, or the plan:"));
            self.limits.iter().for_each(|limit| line(&mut text, format_args!("  - {limit}")));
        }
        if !self.options.is_empty() {
            line(&mut text, format_args!("\nBesides, if you like:"));
            let mut options = table(style);
            for choice in &self.options {
                let from = match choice.from {
                    ChoiceFrom::Now => "now",
                    ChoiceFrom::NothingAllocated => "once nothing is allocated",
                };
                let call = choice.call;
                let rpc = hex::encode(call.rpc());
                options.add_row([from, &call.to_string(), &rpc, &choice.purpose.to_string()]);
            }
            draw(&mut text, &options);
        }
        text
    }

    /// Where the account stands, by the two questions of the flowchart.
    fn write_stage(&self, text: &mut String) {
        let tokens = &self.tokens;
        let answer = |is: bool, yes: String| if is { format!("yes, {yes}") } else { "no".into() };
        let allocated = answer(
            tokens.running > 0,
            format!(
                "{} in {} computation{}",
                mpc(tokens.allocated),
                tokens.running,
                if tokens.running == 1 { "" } else { "s" }
            ),
        );
        let is_pending =
            self.returns.iter().any(|back| matches!(back.from, ReturnFrom::Pending { .. }));
        let pending = answer(is_pending, mpc(tokens.pending));
        line(text, format_args!("{:x} at {}; amounts in MPC", self.account, date(self.now)));
        line(
            text,
            format_args!(
                "{} in all: {} free, {} allocated, {} pending; {} reserved",
                mpc(tokens.total),
                mpc(tokens.free),
                mpc(tokens.allocated),
                mpc(tokens.pending),
                mpc(tokens.reserved)
            ),
        );
        line(text, format_args!("\nAre the tokens allocated to ZK work?    {allocated}"));
        line(text, format_args!("Are the tokens pending being unlocked?  {pending}"));
        line(text, format_args!("What comes next                         {}", self.stage.title()));
        if self.calls.is_empty() {
            self.limits.iter().for_each(|limit| line(text, format_args!("  - {limit}")));
        }
    }

    fn rows(&self) -> Vec<[String; 4]> {
        let (last, first) = self.calls.split_last().map_or((None, &[][..]), |(l, f)| (Some(l), f));
        let early = first.iter().map(|call| self.call_row(call, "no new work".to_owned()));
        let returns = self.returns.iter().map(|back| self.return_row(back));
        let all = match self.transferable() {
            Some(at) => {
                format!("everything out; on the live chain transferable on {}", date(at))
            }
            None => "everything out; on the live chain transferable 7 days later".to_owned(),
        };
        let last = last.map(|call| self.call_row(call, all));
        early.chain(returns).chain(last).collect()
    }

    fn call_row(&self, planned: &PlannedCall, afterwards: String) -> [String; 4] {
        let when = if planned.at == Some(self.now) { "now".to_owned() } else { when(planned.at) };
        [when, planned.call.to_string(), hex::encode(planned.call.rpc()), afterwards]
    }

    fn return_row(&self, back: &PlannedReturn) -> [String; 4] {
        let condition = match back.from {
            ReturnFrom::Pending { .. } => String::new(),
            ReturnFrom::Computation { contract, planned_end: Some(end) } if end < self.now => {
                format!(", if {contract:x} ends now")
            }
            ReturnFrom::Computation { contract, planned_end: Some(end) } => {
                format!(", if {contract:x} ends as planned on {}", date(end))
            }
            ReturnFrom::Computation { contract, planned_end: None } => {
                format!(", 14 days after {contract:x} has ended")
            }
        };
        let (amount, free) = (mpc(back.amount), mpc(back.free_then));
        let afterwards = format!("{amount} free again, {free} in all{condition}");
        [when(back.at), String::new(), String::new(), afterwards]
    }

    fn conclusion(&self) -> String {
        let stays = if self.returns.is_empty() { "" } else { ", if all ends as planned" };
        match (self.exit, self.transferable()) {
            (Some(exit), Some(transferable)) => format!(
                "All out on {}{stays}; transferable on the live chain on {}, after 7 days of \
                 unstaking.",
                date(exit),
                date(transferable)
            ),
            _ => "When all is out is unknown: an end of work is.".to_owned(),
        }
    }
}

fn when(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "unknown".to_owned(), date)
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("invariant: writing to a string succeeds");
}
