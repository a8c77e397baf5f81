//! What a mutant is made of, as the files in `records/` say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// One mutant.
#[derive(Deserialize)]
pub(crate) struct Record {
    /// Its name, in words with hyphens.
    pub(crate) id: String,
    /// The source below `contract/src`; that of the file of records if it is left out.
    #[serde(default)]
    pub(crate) file: String,
    /// What it does wrong, in words.
    pub(crate) what: String,
    /// The properties that must notice it. The comparison with the model counts by itself.
    #[serde(default)]
    pub(crate) breaks: Vec<String>,
    /// What happens before the random part of its histories.
    pub(crate) opening: Option<String>,
    #[serde(flatten)]
    change: Change,
    /// Further changes, in the same file.
    #[serde(default)]
    also: Vec<Change>,
}

/// A text of the source, and what stands there instead.
#[derive(Deserialize)]
pub(crate) struct Change {
    /// The text in the source, to the letter.
    pub(crate) from: String,
    /// Which one of several that are equal, from 1; without it there must be only one.
    pub(crate) at: Option<usize>,
    /// The expression, or the statements if `from` ends in `;`, to be taken instead.
    pub(crate) to: Option<String>,
    /// In place of `to`: all that stands there then; `{active}` is the switch, `{original}` what
    /// other mutants have made of `from`.
    pub(crate) text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Records {
    file: String,
    mutant: Vec<Record>,
}

impl Record {
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Change> {
        std::iter::once(&self.change).chain(&self.also)
    }
}

/// All records, in the order of the names of their files.
pub(crate) fn read_all(folder: &Path) -> Vec<Record> {
    let entries = fs::read_dir(folder).expect("records/ is there");
    let mut files: Vec<_> = entries.map(|it| it.expect("records/ can be read").path()).collect();
    files.sort();
    let mut all: Vec<Record> = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("records are text");
        let read: Records =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.extend(read.mutant.into_iter().map(|mut record| {
            if record.file.is_empty() {
                record.file.clone_from(&read.file);
            }
            record
        }));
    }
    let ids: BTreeSet<&str> = all.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "two mutants have the same id");
    all
}
