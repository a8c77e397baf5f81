//! An audit as JSON: one object; what is unknown is left out.

use serde::Serialize;

use super::rule::left_open;
use super::{Audit, Check, Issue, Reading, Rule, Subject};
use crate::invariants::{Property, Shown};
use crate::views::{TimeView, pretty};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    state: &'a str,
    now: TimeView,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<String>,
    /// Whether it is a state that a registry can have: otherwise nothing else was checked.
    is_sound: bool,
    /// How a live document was read; left out for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    readings: Option<ReadingsView>,
    /// In units, as a decimal string: it may be more than 64 bits.
    tokens: String,
    checks: Vec<CheckView>,
    findings: Vec<IssueView<'a>>,
    /// How many more there are below the level asked for.
    findings_below: usize,
    not_shown: Vec<UnseenView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadingsView {
    unlock_time: String,
    allocated_score: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckView {
    rule: &'static str,
    name: &'static str,
    level: &'static str,
    statement: &'static str,
    looked_at: Vec<CountView>,
    found: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    blind_spot: Option<String>,
}

#[derive(Serialize)]
struct CountView {
    number: usize,
    of: &'static str,
}

#[derive(Serialize)]
struct IssueView<'a> {
    rule: &'static str,
    level: &'static str,
    code: &'static str,
    place: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    found: &'a str,
    expected: &'a str,
    meaning: &'static str,
    fingerprint: String,
}

/// What the state does not show, or only in part.
#[derive(Serialize)]
struct UnseenView {
    property: &'static str,
    name: &'static str,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<&'static str>,
}

impl Audit {
    /// The audit of the state that is in `source`. Ends with a line break.
    pub fn json(&self, source: &str) -> String {
        let fingerprints = self.fingerprints();
        let findings = self.issues.iter().zip(fingerprints);
        pretty(&View {
            state: source,
            now: self.now.into(),
            nodes: self.nodes.iter().map(|node| format!("{node:x}")).collect(),
            is_sound: self.reading != Reading::Unsound,
            readings: self.readings(),
            tokens: self.tokens.to_string(),
            checks: self.checks.iter().map(CheckView::of).collect(),
            findings: findings.map(|(issue, print)| IssueView::of(issue, print)).collect(),
            findings_below: self.below,
            not_shown: self.unseen(),
        })
    }

    fn readings(&self) -> Option<ReadingsView> {
        let Reading::Live(readings) = self.reading else { return None };
        Some(ReadingsView {
            unlock_time: readings.unlock_time.to_string(),
            allocated_score: readings.allocated_score.to_string(),
        })
    }

    fn unseen(&self) -> Vec<UnseenView> {
        let is_checked =
            |property| self.checks.iter().any(|it| it.rule == Rule::Invariant(property));
        let unseen = Property::ALL.iter().filter_map(|property| {
            let (by, open) = match property.shown() {
                Shown::State if !is_checked(*property) => return None,
                Shown::State => ("history", Some(left_open(*property)?)),
                Shown::Step => ("step", None),
                Shown::History => ("history", None),
                Shown::Probe => ("probe", None),
            };
            Some(UnseenView { property: property.id(), name: property.name(), by, open })
        });
        unseen.collect()
    }
}

impl CheckView {
    fn of(check: &Check) -> CheckView {
        let Check { rule, looked_at, found, blind_spot } = check;
        let count = |(number, of): &(usize, &'static str)| CountView { number: *number, of };
        CheckView {
            rule: rule.id(),
            name: rule.name(),
            level: rule.level().word(),
            statement: rule.statement(),
            looked_at: looked_at.iter().map(count).collect(),
            found: *found,
            blind_spot: blind_spot.clone(),
        }
    }
}

impl IssueView<'_> {
    fn of(issue: &Issue, fingerprint: String) -> IssueView<'_> {
        let (account, contract) = match issue.subject {
            Subject::Whole => (None, None),
            Subject::Account(account) => (Some(format!("{account:x}")), None),
            Subject::Computation(contract) => (None, Some(format!("{contract:x}"))),
        };
        IssueView {
            rule: issue.rule.id(),
            level: issue.rule.level().word(),
            code: issue.code,
            place: &issue.place,
            account,
            contract,
            found: &issue.found,
            expected: &issue.expected,
            meaning: issue.rule.meaning(),
            fingerprint,
        }
    }
}
