//! What an audit finds: each thing once, whoever else says it too.

use std::collections::BTreeSet;
use std::fmt;

use zk_node_registry::rules::units::Timestamp;

use super::extent::Subject;
use super::rule::Rule;
use crate::alerts::{Alert, Event};
use crate::image::{Finding, Image, LoadError, Oddity};
use crate::invariants::{Property, Violation};
use crate::printable::printable;
use crate::quantity::Amount;
use crate::status::date;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    /// What does not hold.
    pub rule: Rule,
    /// The stable code: of the finding, of the alert, or `state_invariant`.
    pub code: &'static str,
    /// Where, by the names of the JSON document: `stakedTokens[00a1…].freeTokens`; empty for the
    /// whole.
    pub place: String,
    /// What that belongs to.
    pub subject: Subject,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

/// `warning: INV-20: zkNodes[00a1…].restEndpoint: endpoint_empty: …; expected a valid endpoint`
impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Issue { rule, place, found, expected, .. } = self;
        let separator = if place.is_empty() { "" } else { ": " };
        let (level, id) = (rule.level().word(), rule.id());
        write!(f, "{level}: {id}: {place}{separator}{found}; expected {expected}")
    }
}

impl Issue {
    /// An invariant that the state breaks.
    pub(super) fn of_violation(violation: &Violation, image: &Image) -> Issue {
        let place = camel_case(&violation.place);
        Issue {
            rule: Rule::Invariant(violation.property),
            code: "state_invariant",
            subject: Subject::of(&place, image),
            place,
            found: printable(&violation.found),
            expected: violation.expected.clone(),
        }
    }

    /// A reason for which bytes are no state of a registry.
    pub(super) fn of_error(error: &LoadError) -> Issue {
        let (property, path, found) = match error {
            LoadError::Malformed { path, cause } => (Property::INV_23, path, cause),
            LoadError::Invariant { id, path, values } => {
                let property = Property::ALL.iter().find(|property| property.id() == *id);
                (*property.expect("invariant: loading names invariants"), path, values)
            }
        };
        let rule = Rule::Invariant(property);
        Issue {
            rule,
            code: error.code(),
            place: camel_case(path),
            subject: Subject::Whole,
            found: printable(found),
            expected: format!("that {}", lower_case(rule.statement())),
        }
    }

    /// What importing found; none if a broken invariant says the same of the same record.
    pub(super) fn of_finding(finding: &Finding, image: &Image, broken: &Broken) -> Option<Issue> {
        let (rule, found, expected) = match said(&finding.oddity) {
            Said::Here { rule, found, expected } => (rule, found, expected),
            Said::ByInvariant(property) if broken.says(property, finding) => return None,
            Said::ByInvariant(property) => {
                let rule = Rule::Invariant(property);
                let expected = format!("that {}", lower_case(rule.statement()));
                (rule, finding.oddity.to_string(), expected)
            }
        };
        Some(Issue {
            rule,
            code: finding.code(),
            place: finding.path.clone(),
            subject: Subject::of(&finding.path, image),
            found,
            expected,
        })
    }

    /// What a threshold asks to be told about one account; work that is overdue is told of a
    /// computation, not of each of its nodes.
    pub(super) fn of_alert(alert: &Alert) -> Option<Issue> {
        let account = alert.account;
        let place = |field: &str| format!("stakedTokens[{account:x}]{field}");
        let (rule, place, found, expected) = match alert.event {
            Event::Overdue { .. } | Event::InFlight { .. } => return None,
            Event::Unlocks { units, at } => (
                Rule::Unlocks,
                place(".pendingUnlock"),
                format!("{} MPC unlock on {}", Amount::from_units(units), date(at)),
                "nothing to unlock so soon",
            ),
            Event::Ends { contract, units, at, has_passed } => {
                let (amount, at) = (Amount::from_units(units), date(at));
                let (found, expected) = if has_passed {
                    let found = format!("work for {amount} MPC should have ended on {at}");
                    (found, "a report of its end")
                } else {
                    (format!("work for {amount} MPC ends on {at}"), "no end so soon")
                };
                (Rule::Ends, place(&format!(".allocatedTokens[{contract:x}]")), found, expected)
            }
            Event::Expires { at, has_passed } => {
                let (verb, expected) = if has_passed {
                    ("has expired", "stake that has not expired")
                } else {
                    ("expires", "no expiration so soon")
                };
                let found = format!("the stake {verb} on {}", date(at));
                (Rule::Expires, place(".expirationTimestamp"), found, expected)
            }
        };
        let (code, subject) = (alert.event.code(), Subject::Account(account));
        Some(Issue { rule, code, place, subject, found, expected: expected.to_owned() })
    }
}

/// Which invariants are broken at which records.
pub(super) struct Broken(BTreeSet<(Property, String)>);

impl Broken {
    pub(super) fn of(violations: &[Violation]) -> Broken {
        let places = violations.iter().flat_map(|violation| {
            let place = camel_case(&violation.place);
            let keys: Vec<String> = keys(&place).map(str::to_owned).collect();
            keys.into_iter().chain([place]).map(|key| (violation.property, key))
        });
        Broken(places.collect())
    }

    /// Whether `property` is broken at the record that `finding` is about.
    fn says(&self, property: Property, finding: &Finding) -> bool {
        let key = match finding.oddity {
            Oddity::AllocationWithoutActiveNode { contract } => format!("{contract:x}"),
            _ => keys(&finding.path).next().unwrap_or(&finding.path).to_owned(),
        };
        self.0.contains(&(property, key))
    }
}

/// What stands in brackets in `place`.
fn keys(place: &str) -> impl Iterator<Item = &str> {
    place.split('[').skip(1).filter_map(|piece| Some(piece.split_once(']')?.0))
}

/// What the audit says of an oddity.
enum Said {
    /// What the broken invariant says.
    ByInvariant(Property),
    /// This.
    Here {
        /// What does not hold.
        rule: Rule,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
}

/// What the audit says of `oddity`.
///
/// Source: registry.md 11.2; 12.1.
fn said(oddity: &Oddity) -> Said {
    let here = |rule: Rule, found: String, expected: String| Said::Here { rule, found, expected };
    let broken = |property: Property, found: String, expected: &str| {
        here(Rule::Invariant(property), found, expected.to_owned())
    };
    match oddity {
        Oddity::AllocationWithoutActiveNode { .. } | Oddity::TooManyNodes { .. } => {
            Said::ByInvariant(Property::INV_10)
        }
        Oddity::SharesUnequal { .. } | Oddity::TotalStakesUnfitting { .. } => {
            Said::ByInvariant(Property::INV_09)
        }
        Oddity::TooManyEntries { .. } | Oddity::EndpointRefused { .. } => {
            Said::ByInvariant(Property::INV_20)
        }
        Oddity::IdentityNotKey { .. } => Said::ByInvariant(Property::INV_16),
        Oddity::KeyNotAccount => Said::ByInvariant(Property::INV_18),
        Oddity::StakeTokenNotContract { .. } => Said::ByInvariant(Property::INV_22),
        Oddity::ZeroAllocationDropped => {
            broken(Property::INV_02, "an allocation of 0 units".to_owned(), "1 or more")
        }
        Oddity::ZeroPendingDropped => {
            broken(Property::INV_02, "a pending amount of 0 units".to_owned(), "1 or more")
        }
        Oddity::EmptyRecordDropped { reserved } => broken(
            Property::INV_04,
            format!("no tokens, and a reserve of {reserved} units"),
            "no record",
        ),
        Oddity::ComputationMade { nodes } => broken(
            Property::INV_08,
            format!("{} to a computation that is not there", counted(*nodes, "allocation")),
            "a computation with these nodes",
        ),
        Oddity::ComputationDropped { nodes } => broken(
            Property::INV_08,
            format!("{}, none of which has an allocation to it", counted(*nodes, "node")),
            "nodes that have an allocation to it",
        ),
        Oddity::NodesCorrected { listed, kept } => broken(
            Property::INV_08,
            format!("{} listed", counted(*listed, "node")),
            &format!("the {} with an allocation to it, each once", counted(*kept, "node")),
        ),
        Oddity::ShareCorrected { stored, share } => broken(
            Property::INV_09,
            format!("a share of {stored} units"),
            &format!("{share}, the largest allocation"),
        ),
        Oddity::TotalStakesCorrected { stored, total } => broken(
            Property::INV_09,
            format!("total stakes of {stored} units"),
            &format!("{total}, the sum of the allocations"),
        ),
        Oddity::ScoreNotSum { allocated, success, failure } => broken(
            Property::INV_13,
            format!("{allocated} allocated, {success} success, {failure} failure"),
            &format!("{} allocated", success.saturating_add(*failure)),
        ),
        Oddity::RosterRebuilt { listed, members } => broken(
            Property::INV_19,
            format!("{} listed", counted(*listed, "node")),
            &format!("exactly the {} that belong there, each once", counted(*members, "member")),
        ),
        Oddity::ScoreMixed => here(
            Rule::Score,
            "allocated counts completed allocations for some nodes and started ones for others"
                .to_owned(),
            "the same for all".to_owned(),
        ),
        Oddity::ScoreStrange { difference, running } => here(
            Rule::Score,
            format!("allocated is {difference} more than success and failure"),
            match running {
                0 => "no difference, as nothing runs".to_owned(),
                running => format!("no difference, or {running}, which run"),
            },
        ),
        Oddity::PendingInFuture { unlock_time, as_of } => here(
            Rule::Clock,
            format!("time {unlock_time}, {}", date(Timestamp::from_millis(*unlock_time))),
            format!("a time that a state of {} can have", date(Timestamp::from_millis(*as_of))),
        ),
        Oddity::NotServed => here(
            Rule::Orphan,
            "work for something that nodes do not serve".to_owned(),
            "a ZK contract (03) or a public one (02)".to_owned(),
        ),
        Oddity::TransferUnderWay { incoming, outgoing } => here(
            Rule::InFlight,
            format!("{incoming} units on their way in, {outgoing} on their way out"),
            "none".to_owned(),
        ),
        Oddity::JurisdictionOutOfRange { code } => {
            here(Rule::Node, format!("jurisdiction {code}"), "0 to 999".to_owned())
        }
        Oddity::VersionNegative { version } => {
            here(Rule::Node, format!("version {version}"), "0 or more".to_owned())
        }
        Oddity::UnknownKey => {
            here(Rule::Document, "an unknown key".to_owned(), "the keys of a registry".to_owned())
        }
        Oddity::KeysUnsorted => here(
            Rule::Document,
            "keys that do not ascend".to_owned(),
            "keys ascending by their bytes".to_owned(),
        ),
        Oddity::More { left_out } => here(
            Rule::Document,
            format!("{left_out} more oddities, which are not listed"),
            "fewer".to_owned(),
        ),
    }
}

fn counted(number: usize, thing: &str) -> String {
    crate::transcript::words::count(number, thing)
}

/// A sentence as the end of another.
fn lower_case(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    let first = letters.next().map(|it| it.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// `staked_tokens[00a1…].free_tokens` as the document spells it: `stakedTokens[00a1…].freeTokens`.
fn camel_case(place: &str) -> String {
    let mut text = String::with_capacity(place.len());
    let mut is_word = false;
    for character in place.chars() {
        match character {
            '_' => is_word = true,
            it if is_word => {
                text.push(it.to_ascii_uppercase());
                is_word = false;
            }
            it => text.push(it),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_as_in_the_document() {
        let table = [
            (
                "staked_tokens[00a1].pending_unlock[0].amount",
                "stakedTokens[00a1].pendingUnlock[0].amount",
            ),
            ("zk_nodes[00a1].rest_endpoint", "zkNodes[00a1].restEndpoint"),
            ("roster[3]", "roster[3]"),
        ];
        for (rust, json) in table {
            assert_eq!(camel_case(rust), json);
        }
    }
}
