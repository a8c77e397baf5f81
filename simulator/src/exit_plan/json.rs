//! The plan as JSON: one object, amounts in units as decimal strings, times in milliseconds and in
//! UTC; what is unknown is left out.

use pbc_contract_common::address::Address;
use serde::Serialize;
use zk_node_registry::rules::leave::ReturnFrom;

use super::{Call, ChoiceFrom, ExitPlan, Stage};
use crate::views::{TimeView, pretty, units};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    account: String,
    calls: Vec<CallView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<TimeView>,
    limits: Vec<LimitView>,
    now: TimeView,
    options: Vec<CallView>,
    returns: Vec<ReturnView>,
    stage: &'static str,
    tokens: TokensView,
    #[serde(skip_serializing_if = "Option::is_none")]
    transferable: Option<TimeView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallView {
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<TimeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    rpc: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReturnView {
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<TimeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    free_then: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_end: Option<TimeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<TimeView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitView {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokensView {
    allocated: String,
    free: String,
    incoming: String,
    outgoing: String,
    pending: String,
    reserved: String,
    running: usize,
    total: String,
}

impl ExitPlan {
    /// The plan as one JSON object. Ends with a line break.
    pub fn json(&self) -> String {
        pretty(&View::of(self))
    }
}

impl View {
    fn of(plan: &ExitPlan) -> View {
        let tokens = &plan.tokens;
        let planned = plan
            .calls
            .iter()
            .map(|planned| CallView { at: planned.at.map(TimeView::from), ..call(planned.call) });
        let options = plan.options.iter().map(|choice| CallView {
            at: (choice.from == ChoiceFrom::Now).then(|| plan.now.into()),
            purpose: Some(choice.purpose.to_string()),
            ..call(choice.call)
        });
        View {
            account: hex(plan.account),
            calls: planned.collect(),
            exit: plan.exit.map(TimeView::from),
            limits: plan
                .limits
                .iter()
                .map(|limit| LimitView {
                    code: limit.code(),
                    contract: limit.contract().map(hex),
                    message: limit.to_string(),
                })
                .collect(),
            now: plan.now.into(),
            options: options.collect(),
            returns: plan.returns.iter().map(ReturnView::of).collect(),
            stage: stage(plan.stage),
            tokens: TokensView {
                allocated: units(tokens.allocated),
                free: units(tokens.free),
                incoming: units(tokens.incoming),
                outgoing: units(tokens.outgoing),
                pending: units(tokens.pending),
                reserved: units(tokens.reserved),
                running: tokens.running,
                total: units(tokens.total),
            },
            transferable: plan.transferable().map(TimeView::from),
        }
    }
}

impl ReturnView {
    fn of(back: &super::PlannedReturn) -> ReturnView {
        let (contract, planned_end, released) = match back.from {
            ReturnFrom::Computation { contract, planned_end } => {
                (Some(contract), planned_end, None)
            }
            ReturnFrom::Pending { released_at } => (None, None, Some(released_at)),
        };
        ReturnView {
            amount: units(back.amount),
            at: back.at.map(TimeView::from),
            contract: contract.map(hex),
            free_then: units(back.free_then),
            planned_end: planned_end.map(TimeView::from),
            released: released.map(TimeView::from),
        }
    }
}

fn call(call: Call) -> CallView {
    let contract = match call {
        Call::CheckStatus(contract) => Some(hex(contract)),
        _ => None,
    };
    CallView {
        action: call.name(),
        amount: call.amount().map(units),
        at: None,
        contract,
        purpose: None,
        rpc: ::hex::encode(call.rpc()),
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Reserve => "reserve",
        Stage::AwaitEnd => "await_end",
        Stage::AwaitUnlock => "await_unlock",
        Stage::Disassociate => "disassociate",
        Stage::Out => "out",
    }
}

fn hex(address: Address) -> String {
    format!("{address:x}")
}
