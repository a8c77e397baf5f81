//! What one state shows about a registry: each invariant, the meaning of scores and times, orphans,
//! overdue work; and what it cannot show.
//!
//! Nothing is decided here. Invariants are those of [`crate::invariants`]; that the state has one
//! encoding is seen by storing and loading it; readings and oddities those of importing; what is overdue, of
//! [`crate::alerts`]. Where an oddity and an invariant say the same, the invariant says it. This
//! module collects them, once each, under rules with stable names, and shows them: to people, to
//! programs, and as SARIF to tools that keep track of findings.
//!
//! Source: `registry.md` 11.2 and 12.1.

mod extent;
mod issue;
mod json;
mod rule;
mod sarif;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;

use self::extent::Extent;
use self::issue::Broken;
use crate::alerts::{Alert, Event, Thresholds};
use crate::image::{Image, LoadError};
use crate::invariants::state::total;
use crate::invariants::{Property, Violation};
use crate::json::{Imported, Readings};
use crate::quantity::Amount;
use crate::status::{NoSuchNode, Status, date, find_account};

pub use self::extent::Subject;
pub use self::issue::Issue;
pub use self::rule::{Level, Rule};
pub use self::sarif::unreadable as sarif_of_unreadable;

/// What to look at, and what else to tell.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The moment: work with an earlier planned end is overdue.
    pub now: Timestamp,
    /// What else is worth a finding. Overdue work always is, at once if nothing is said.
    pub thresholds: Thresholds,
    /// The addresses of the nodes to look at, with their work; everything if there is none.
    pub nodes: &'a [Address],
    /// The served contracts that do not exist; `None` if nobody has looked.
    pub missing: Option<&'a BTreeSet<Address>>,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The moment.
    pub now: Timestamp,
    /// The accounts to which the audit was narrowed; none if it is about everything.
    pub nodes: Vec<Address>,
    /// How the state was read.
    pub reading: Reading,
    /// Each rule that was checked, with what was looked at.
    pub checks: Vec<Check>,
    /// What was found, in the order of the rules, then of the places.
    pub issues: Vec<Issue>,
    /// How many more were found below the level that is wanted.
    pub below: usize,
    /// All tokens of the accounts looked at: free, allocated and pending (units).
    pub tokens: i128,
}

/// How a state was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A live document, by what it shows that its times and scores mean.
    Live(Readings),
    /// An export, at its word.
    Export,
    /// Not at all: bytes that no registry has written. Only that was checked.
    Unsound,
}

/// One rule that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which one.
    pub rule: Rule,
    /// How many things of which kind were looked at, such as 8 nodes.
    pub looked_at: Vec<(usize, &'static str)>,
    /// How many findings there are, those below the level that is wanted included.
    pub found: usize,
    /// What could not be looked at, and what would help.
    pub blind_spot: Option<String>,
}

impl Audit {
    /// Audits a state.
    ///
    /// # Errors
    ///
    /// [`NoSuchNode`] for the first of the nodes that is unknown.
    pub fn of(imported: &Imported, options: &Options<'_>) -> Result<Audit, NoSuchNode> {
        let image = &imported.image;
        let broken = image.violations();
        let watched = Watched::of(image, &broken, options)?;
        let extent = match options.nodes {
            [] => Extent::everything(image),
            _ => Extent::of(image, watched.accounts.iter().copied()),
        };

        let mut issues: Vec<Issue> =
            broken.iter().map(|violation| Issue::of_violation(violation, image)).collect();
        issues.extend(of_encoding(image));
        let known = Broken::of(&broken);
        let findings = imported.findings.iter();
        issues.extend(findings.filter_map(|finding| Issue::of_finding(finding, image, &known)));
        issues.extend(watched.alerts.iter().filter_map(Issue::of_alert));
        issues.extend(overdue(&watched.alerts, options.now));
        issues.extend(orphans(image, options.missing));
        issues.retain(|issue| extent.covers(&issue.subject));
        issues.sort();
        issues.dedup();

        let rules = Rule::always().into_iter().chain(asked_for(&options.thresholds));
        // What is about the whole says nothing of some nodes.
        let rules = rules.filter(|rule| {
            let is_whole = matches!(rule, Rule::Document | Rule::Invariant(Property::INV_22));
            extent.is_everything() || !is_whole
        });
        let check = |rule| Check {
            rule,
            looked_at: extent.looked_at(rule),
            found: issues.iter().filter(|issue| issue.rule == rule).count(),
            blind_spot: blind_spot(rule, &extent, options, watched.is_blind),
        };
        let checks = rules.map(check).collect();
        let tokens = image.staked_tokens.iter();
        let tokens = tokens.filter(|(account, _)| extent.covers(&Subject::Account(**account)));
        Ok(Audit {
            now: options.now,
            nodes: if extent.is_everything() { Vec::new() } else { watched.accounts },
            reading: imported.readings.map_or(Reading::Export, Reading::Live),
            checks,
            issues,
            below: 0,
            tokens: tokens.map(|(_, tokens)| total(tokens)).sum(),
        })
    }

    /// The audit of a state of bytes that could not be loaded, for these reasons, at `now`.
    pub fn of_unsound(errors: &[LoadError], now: Timestamp) -> Audit {
        let mut issues: Vec<Issue> = errors.iter().map(Issue::of_error).collect();
        issues.sort();
        issues.dedup();
        let mut rules: Vec<Rule> = issues.iter().map(|issue| issue.rule).collect();
        rules.dedup();
        let check = |rule| Check {
            rule,
            looked_at: Vec::new(),
            found: issues.iter().filter(|issue| issue.rule == rule).count(),
            blind_spot: None,
        };
        let checks = rules.into_iter().map(check).collect();
        let (nodes, reading) = (Vec::new(), Reading::Unsound);
        Audit { now, nodes, reading, checks, issues, below: 0, tokens: 0 }
    }

    /// Without what is less than `level`.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Audit {
        let all = self.issues.len();
        self.issues.retain(|issue| issue.rule.level() >= level);
        self.below += all - self.issues.len();
        self
    }
}

/// Where the state, stored, is not read as what it is. What else loading refuses, is found besides.
fn of_encoding(image: &Image) -> Vec<Issue> {
    let (root, trees) = image.store();
    let errors = match Image::load(&root, &trees) {
        Ok(loaded) if loaded == *image => Vec::new(),
        Ok(_) => vec![LoadError::Malformed {
            path: String::new(),
            cause: "it is read as another state than the one that was written".to_owned(),
        }],
        Err(errors) => errors,
    };
    let of_bytes = errors.iter().filter(|error| matches!(error, LoadError::Malformed { .. }));
    of_bytes.map(Issue::of_error).collect()
}

/// What is known of the accounts looked at, for those who watch.
struct Watched {
    accounts: Vec<Address>,
    alerts: Vec<Alert>,
    /// Amounts with which nobody can reckon.
    is_blind: bool,
}

impl Watched {
    fn of(
        image: &Image,
        broken: &[Violation],
        options: &Options<'_>,
    ) -> Result<Watched, NoSuchNode> {
        let is_blind = broken.iter().any(|it| {
            let amounts = [Property::INV_01, Property::INV_02, Property::INV_03];
            amounts.contains(&it.property)
        });
        if is_blind {
            options.nodes.iter().try_for_each(|node| find_account(image, node))?;
            return Ok(Watched { accounts: options.nodes.to_vec(), alerts: Vec::new(), is_blind });
        }
        let status = match options.nodes {
            [] => Status::of_all(image, options.now),
            nodes => Status::of_some(image, nodes, options.now)?,
        };
        let overdue = options.thresholds.overdue.or(Some(Duration::ZERO));
        let alerts = Thresholds { overdue, ..options.thresholds }.alerts(&status);
        let accounts = status.accounts.iter().map(|account| account.account).collect();
        Ok(Watched { accounts, alerts, is_blind })
    }
}

/// The rules that `thresholds` add.
fn asked_for(thresholds: &Thresholds) -> impl Iterator<Item = Rule> {
    let asked = [
        (Rule::Unlocks, thresholds.unlocks_within),
        (Rule::Ends, thresholds.ends_within),
        (Rule::Expires, thresholds.expires_within),
    ];
    asked.into_iter().filter(|(_, threshold)| threshold.is_some()).map(|(rule, _)| rule)
}

/// Overdue work, a computation once.
fn overdue(alerts: &[Alert], now: Timestamp) -> Vec<Issue> {
    let mut late: BTreeMap<(Address, Timestamp), (usize, i128)> = BTreeMap::new();
    for alert in alerts {
        if let Event::Overdue { contract, units, planned_end } = alert.event {
            let (nodes, sum) = late.entry((contract, planned_end)).or_default();
            *nodes += 1;
            *sum += i128::from(units);
        }
    }
    let issue = |((contract, planned_end), (nodes, units)): ((Address, Timestamp), _)| Issue {
        rule: Rule::Overdue,
        code: "overdue",
        place: format!("computations[{contract:x}].allocationEnd"),
        subject: Subject::Computation(contract),
        found: format!(
            "planned to end on {}, {} ago, and not reported; {} with {} MPC",
            date(planned_end),
            days(now.since(planned_end)),
            crate::transcript::words::count(nodes, "node"),
            mpc(units)
        ),
        expected: "a report of its end".to_owned(),
    };
    late.into_iter().map(issue).collect()
}

/// Work for contracts that do not exist.
fn orphans(image: &Image, missing: Option<&BTreeSet<Address>>) -> Vec<Issue> {
    let missing = missing.into_iter().flatten();
    let computations =
        missing.filter_map(|contract| Some((contract, image.computations.get(contract)?)));
    let issue = |(contract, computation): (&Address, &zk_node_registry::Computation)| {
        let amount = |node| image.staked_tokens.get(node)?.allocated_tokens.get(contract).copied();
        let units = computation.nodes.iter().filter_map(amount).map(i128::from).sum();
        Issue {
            rule: Rule::Orphan,
            code: "orphan",
            place: format!("computations[{contract:x}]"),
            subject: Subject::Computation(*contract),
            found: format!(
                "no such contract; {} with {} MPC",
                crate::transcript::words::count(computation.nodes.len(), "node"),
                mpc(units)
            ),
            expected: "a contract that exists, or no allocation to it".to_owned(),
        }
    };
    computations.map(issue).collect()
}

/// What a check could not look at.
fn blind_spot(
    rule: Rule,
    extent: &Extent<'_>,
    options: &Options<'_>,
    is_blind: bool,
) -> Option<String> {
    let reckons = matches!(rule, Rule::Overdue | Rule::Unlocks | Rule::Ends | Rule::Expires);
    match rule {
        _ if reckons && is_blind => {
            Some("open: there are amounts with which nobody can reckon".to_owned())
        }
        Rule::Overdue | Rule::Ends => {
            let known: usize = extent.looked_at(rule).iter().map(|(number, _)| number).sum();
            let unknown = extent.computations().count() - known;
            (unknown > 0).then(|| {
                let ends = crate::transcript::words::count(unknown, "computation");
                format!("open: the ends of {ends} (`--contracts`)")
            })
        }
        Rule::Orphan if options.missing.is_none() && extent.computations().count() > 0 => {
            Some("open: whether the contracts exist (`--look-up`, `--all-contracts`)".to_owned())
        }
        _ => None,
    }
}

/// `5 days`, `1 day`, `less than a day`
fn days(time: Duration) -> String {
    match usize::try_from(time.as_secs() / 86_400) {
        Ok(0) => "less than a day".to_owned(),
        Ok(days) => crate::transcript::words::count(days, "day"),
        Err(_) => "long".to_owned(),
    }
}

/// Units as MPC; as they are where they are too many for that.
fn mpc(units: i128) -> String {
    i64::try_from(units)
        .map_or_else(|_| format!("{units} units of"), |units| Amount::from_units(units).to_string())
}
