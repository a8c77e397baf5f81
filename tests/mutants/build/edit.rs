//! Puts the mutants of one file into its text, each behind its switch.

use std::collections::BTreeMap;

use crate::record::Change;

/// A change of one mutant.
pub(crate) struct Edit<'a> {
    pub(crate) number: usize,
    pub(crate) id: &'a str,
    pub(crate) change: &'a Change,
}

/// Where an edit goes, in bytes.
struct Placed<'a> {
    start: usize,
    end: usize,
    edit: &'a Edit<'a>,
}

/// The text with all edits. Notes the line of each mutant's first one in `lines`.
pub(crate) fn apply(
    file: &str,
    source: &str,
    edits: &[Edit<'_>],
    lines: &mut BTreeMap<usize, usize>,
) -> String {
    let mut placed: Vec<Placed<'_>> = edits.iter().map(|it| place(file, source, it)).collect();
    for Placed { start, edit, .. } in &placed {
        let line = source[..*start].matches('\n').count() + 1;
        lines.entry(edit.number).or_insert(line);
    }
    // Outer ones first; of those at the same place, the first record first.
    placed.sort_by_key(|it| (it.start, usize::MAX - it.end));
    switched(file, source, 0, source.len(), &placed)
}

fn place<'a>(file: &str, source: &str, edit: &'a Edit<'a>) -> Placed<'a> {
    let Change { from, at, .. } = edit.change;
    let found: Vec<usize> = source.match_indices(from.as_str()).map(|(start, _)| start).collect();
    let start = match (at, found.as_slice()) {
        (None, [one]) => *one,
        (Some(at), found) if (1..=found.len()).contains(at) && found.len() > 1 => found[at - 1],
        (_, found) => panic!(
            "mutant `{}`: its text is {} times in contract/src/{file}; the contract has changed, \
             so give the record the text of today, or another `at`:\n{from}\n",
            edit.id,
            found.len()
        ),
    };
    Placed { start, end: start + from.len(), edit }
}

/// The text from `start` to `end` with these edits, all of which are inside of it.
fn switched(file: &str, source: &str, start: usize, end: usize, edits: &[Placed<'_>]) -> String {
    let mut text = String::new();
    let mut done = start;
    let mut rest = edits;
    while let Some((outer, others)) = rest.split_first() {
        let inside = others.iter().take_while(|it| it.start < outer.end).count();
        let (inner, after) = others.split_at(inside);
        if let Some(across) = inner.iter().find(|it| it.end > outer.end) {
            panic!("mutants `{}` and `{}` overlap in {file}", outer.edit.id, across.edit.id);
        }
        text += &source[done..outer.start];
        let original = switched(file, source, outer.start, outer.end, inner);
        text += &switch(outer.edit, &original);
        done = outer.end;
        rest = after;
    }
    text + &source[done..end]
}

fn switch(edit: &Edit<'_>, original: &str) -> String {
    let active = format!("crate::active({})", edit.number);
    let Change { from, to, text, .. } = edit.change;
    match (to, text) {
        (Some(to), None) if from.ends_with(';') => {
            format!("if {active} {{ {to} }} else {{ {original} }}")
        }
        (Some(to), None) => format!("(if {active} {{ {to} }} else {{ {original} }})"),
        (None, Some(text)) => {
            let keeps = text.contains("{original}") || from == original;
            assert!(keeps, "mutant `{}`: its text drops other mutants", edit.id);
            text.replace("{active}", &active).replace("{original}", original)
        }
        _ => panic!("mutant `{}` has either `to` or `text`", edit.id),
    }
}
