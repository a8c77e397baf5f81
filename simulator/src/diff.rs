//! What is different between two states, record by record and field by field.
//!
//! Paths are those of the JSON document, so that a reader finds the place in either file. Stored
//! values are compared: what time alone changes (matured tokens) is no difference.
//!
//! Source: `registry.md` 3.1 and 11.1.

mod fields;

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use pbc_contract_common::address::Address;
use serde::Serialize;

use crate::image::Image;
use crate::quantity::Amount;
use crate::step::Origin;

/// All that is different, record by record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The records that are different: collaborators, settings, tokens, nodes, computations, roster;
    /// each ascending by key.
    pub records: Vec<RecordDiff>,
}

/// A record that is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordDiff {
    /// Which one, such as `stakedTokens[00a1…]`.
    pub path: String,
    /// Whether it is new, gone, or changed.
    pub change: Existence,
    /// Its fields that are different.
    pub fields: Vec<FieldDiff>,
}

/// Whether a record is in both states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Existence {
    /// In the second only.
    Added,
    /// In the first only.
    Removed,
    /// In both.
    Changed,
}

/// A field that is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    /// Which one, such as `freeTokens`, or `allocatedTokens[03…]` for an entry.
    pub field: String,
    /// In the first state, if it is there.
    pub before: Option<Datum>,
    /// In the second state, if it is there.
    pub after: Option<Datum>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Datum {
    /// An amount, in units; in JSON a text of digits, as in the document.
    Units(#[serde(serialize_with = "digits")] i64),
    /// A time, in milliseconds since 1970; in JSON a text of digits.
    Time(#[serde(serialize_with = "digits")] i64),
    /// A plain number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Any text: an address, an endpoint, a version, a key.
    Text(String),
}

fn digits<S: serde::Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// The fields of one record, by name.
type Fields = BTreeMap<String, Datum>;

impl Diff {
    /// What is different in `after` from what it is in `before`.
    pub fn between(before: &Image, after: &Image) -> Diff {
        let mut records = Vec::new();
        fn one<T>(record: &T) -> BTreeMap<(), &T> {
            BTreeMap::from([((), record)])
        }
        let bare = |name: &'static str| move |(): &()| name.to_owned();
        let keyed = |name: &'static str| move |key: &Address| format!("{name}[{key:x}]");
        compare(
            bare("collaborators"),
            (&one(&before.collaborators), &one(&after.collaborators)),
            |it| fields::collaborators(it),
            &mut records,
        );
        compare(
            bare("settings"),
            (&one(&before.settings), &one(&after.settings)),
            |it| fields::settings(it),
            &mut records,
        );
        let tokens = (&before.staked_tokens, &after.staked_tokens);
        compare(keyed("stakedTokens"), tokens, fields::tokens, &mut records);
        let nodes = (&before.zk_nodes, &after.zk_nodes);
        compare(keyed("zkNodes"), nodes, fields::node, &mut records);
        let work = (&before.computations, &after.computations);
        compare(keyed("computations"), work, fields::computation, &mut records);
        compare(
            bare("roster"),
            (&one(&before.roster), &one(&after.roster)),
            |it| fields::roster(it),
            &mut records,
        );
        Diff { records }
    }

    /// Whether the states are the same.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The differences as one JSON array, with its line end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.records).expect("invariant: records are JSON") + "\n"
    }
}

/// Adds what is different between two maps of records. Only two records at a time are taken apart:
/// all fields of a large state would be many times as large.
fn compare<K: Ord, T>(
    path: impl Fn(&K) -> String,
    (before, after): (&BTreeMap<K, T>, &BTreeMap<K, T>),
    fields: impl Fn(&T) -> Fields,
    records: &mut Vec<RecordDiff>,
) {
    for key in union(before, after) {
        let (old, new) = (before.get(key), after.get(key));
        let change = match (old, new) {
            (None, _) => Existence::Added,
            (_, None) => Existence::Removed,
            _ => Existence::Changed,
        };
        let (old, new) =
            (old.map(&fields).unwrap_or_default(), new.map(&fields).unwrap_or_default());
        let field = |field: &String| {
            let (before, after) = (old.get(field).cloned(), new.get(field).cloned());
            (before != after).then(|| FieldDiff { field: field.clone(), before, after })
        };
        let fields: Vec<FieldDiff> = union(&old, &new).into_iter().filter_map(field).collect();
        if !fields.is_empty() || change != Existence::Changed {
            records.push(RecordDiff { path: path(key), change, fields });
        }
    }
}

/// The keys of both, ascending, each once.
fn union<'a, K: Ord, V>(one: &'a BTreeMap<K, V>, other: &'a BTreeMap<K, V>) -> Vec<&'a K> {
    let mut keys: Vec<&K> = one.keys().chain(other.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Units(units) => write!(f, "{}", Amount::from_units(*units)),
            Datum::Time(millis) => f.write_str(&Origin::shown(*millis)),
            Datum::Number(number) => write!(f, "{number}"),
            Datum::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Datum::Text(text) => f.write_str(&crate::printable::printable(text)),
        }
    }
}

/// A record a paragraph, a field a line, amounts in MPC; nothing if nothing is different.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (index, record) in self.records.iter().enumerate() {
            let mark = match record.change {
                Existence::Added => "  (new)",
                Existence::Removed => "  (gone)",
                Existence::Changed => "",
            };
            let between = if index == 0 { "" } else { "\n" };
            let _ = writeln!(text, "{between}{}{mark}", record.path);
            let name = record.fields.iter().map(|it| it.field.len()).max().unwrap_or(0);
            for field in &record.fields {
                let _ = writeln!(text, "  {:name$}  {}", field.field, field.change());
            }
        }
        f.write_str(&text)
    }
}

impl FieldDiff {
    /// `74_500 -> 75_000 (+500)`
    fn change(&self) -> String {
        let shown = |datum: &Option<Datum>| {
            datum.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
        };
        let change = format!("{} -> {}", shown(&self.before), shown(&self.after));
        let units = |datum: &Option<Datum>| match datum {
            Some(Datum::Units(units)) => Some(*units),
            _ => None,
        };
        let more = match (units(&self.before), units(&self.after)) {
            (Some(before), Some(after)) => after.checked_sub(before),
            _ => None,
        };
        match more {
            Some(more) if more > 0 => format!("{change} (+{})", Amount::from_units(more)),
            Some(less) => format!("{change} ({})", Amount::from_units(less)),
            None => change,
        }
    }
}

#[cfg(test)]
mod tests;
