//! Every failure class has its test.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// How many classes each letter has.
const CLASSES: [(char, u32); 10] = [
    ('a', 15),
    ('b', 15),
    ('c', 27),
    ('u', 16),
    ('e', 22),
    ('f', 14),
    ('g', 11),
    ('h', 15),
    ('i', 13),
    ('j', 12),
];

/// Classes whose test comes with a later part of the project, and which part that is.
const LATER: [(&str, &str); 0] = [];

#[test]
fn every_failure_class_has_one_test() {
    let ids: BTreeSet<String> = CLASSES
        .iter()
        .flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n:02}")))
        .collect();
    let mut names = Vec::new();
    collect_tests(Path::new(env!("CARGO_MANIFEST_DIR")), &mut names);
    let found: BTreeSet<String> = names.iter().map(|name| name[..3].to_owned()).collect();

    let later: BTreeSet<String> = LATER.iter().map(|(id, _)| (*id).to_owned()).collect();
    let missing: Vec<_> = ids.difference(&found).filter(|id| !later.contains(*id)).collect();
    let unknown: Vec<_> = found.difference(&ids).collect();
    let early: Vec<_> = later.intersection(&found).collect();
    let mut repeated: Vec<_> = names.iter().map(|name| &name[..3]).collect();
    repeated.sort_unstable();
    let repeated: Vec<_> =
        repeated.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();

    // Not by `println`, which is shown for failed tests only.
    let mut report = format!("failure classes: {} of {} have their test\n", found.len(), ids.len());
    for (id, part) in LATER {
        report.push_str(&format!("  {id} comes with {part}\n"));
    }
    std::io::stdout().write_all(report.as_bytes()).expect("the report can be printed");
    assert!(missing.is_empty(), "no test for {missing:?}");
    assert!(unknown.is_empty(), "no failure class {unknown:?}");
    assert!(early.is_empty(), "listed as coming later, but tested: {early:?}");
    assert!(repeated.is_empty(), "more than one test for {repeated:?}");
}

/// The names of all tests below `folder` that begin with the id of a failure class.
fn collect_tests(folder: &Path, names: &mut Vec<String>) {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    for entry in entries {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            // The tests of the reference model number the worked examples of registry.md 5.5.
            if path.file_name().is_some_and(|name| name != "target" && name != "model") {
                collect_tests(&path, names);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("the source is text");
            let is_test = |before: &str| before.trim_end().ends_with("#[test]");
            for (place, _) in source.match_indices("fn ") {
                let name: String = source[place + 3..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                if is_id(&name) && is_test(&source[..place]) {
                    names.push(name);
                }
            }
        }
    }
}

/// Whether a name begins as `a01_`.
fn is_id(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 4
        && CLASSES.iter().any(|(letter, _)| bytes[0] == *letter as u8)
        && bytes[1].is_ascii_digit()
        && bytes[2].is_ascii_digit()
        && bytes[3] == b'_'
}
