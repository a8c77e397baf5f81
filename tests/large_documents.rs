//! Documents of 200 MB, made while they are read: the error has its place, and memory is bounded.
//!
//! Each kind of badness is tried on a tenth of that, and one on all of it. Alone in its file, and
//! one test: the allocator counts for the whole process.

use std::io::{self, Read};

use peak_alloc::PeakAlloc;
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::{ContractEnds, ImportFailure, ImportOptions, import};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MEBIBYTE: usize = 1 << 20;

/// How long documents are.
const LONG: usize = 20 * MEBIBYTE;
const LONGEST: usize = 200 * MEBIBYTE;

/// `head`, then units again and again up to `length`, then `tail`.
struct Long {
    length: usize,
    head: &'static [u8],
    /// Some units one after the other, so that reading is not a matter of single bytes.
    units: Vec<u8>,
    tail: &'static [u8],
    position: usize,
}

impl Long {
    fn of(length: usize, [head, unit, tail]: [&'static str; 3]) -> Long {
        let units = unit.repeat((1 << 16) / unit.len()).into();
        let (head, tail) = (head.as_bytes(), tail.as_bytes());
        Long { length, head, units, tail, position: 0 }
    }
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = match self.position.checked_sub(self.head.len()) {
            None => &self.head[self.position..],
            Some(position) => {
                let times = self.length / self.units.len();
                match position.checked_sub(times * self.units.len()) {
                    None => &self.units[position % self.units.len()..],
                    Some(position) => self.tail.get(position..).unwrap_or_default(),
                }
            }
        };
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position += length;
        Ok(length)
    }
}

/// A record of tokens, then what is left open.
const RECORD: &str = r#"{"zkNodes": [], "stakedTokens": [{"key":
    "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "value": {"reservedTokens": "0", "freeTokens": "#;

/// What the document is, its length, its parts, how its first error begins, and the most memory
/// that it may take (MiB): next to nothing, or three times the value that is wrong, whose buffer
/// doubles.
const DOCUMENTS: [(&str, usize, [&str; 3], &str, usize); 7] = [
    ("blanks", LONG, ["{", " ", ""], "import_malformed: this is no JSON: the text ends", 1),
    (
        "a long string",
        LONGEST,
        [r#"{"zkNodes": ""#, "x", r#""}"#],
        r#"import_malformed: zkNodes: "xxxx"#,
        3 * 200,
    ),
    ("lines", LONG, ["[", "\n", "]"], "import_malformed: an array is not an object", 1),
    (
        "a truncated string",
        LONG,
        [r#"{"zkNodes": ""#, "x", ""],
        "import_malformed: zkNodes: this is no JSON: the text ends too early (line 1, column 20",
        3 * 20,
    ),
    (
        "a huge number",
        LONG,
        [RECORD, "9", "}}]}"],
        "import_out_of_range: stakedTokens[0].value.freeTokens: 9999",
        3 * 20,
    ),
    (
        "wrong elements",
        LONG,
        [r#"{"zkNodes": [0"#, ", [1, {}]", "]}"],
        "import_malformed: zkNodes[0]: 0 is not an object (line 1, column 14)",
        8,
    ),
    (
        "one key again and again",
        LONG,
        [r#"{"zkNodes": []"#, r#", "stakedTokens": [-1]"#, "}"],
        "import_duplicate_key: stakedTokens: the key occurs twice (line 1, column 39)",
        8,
    ),
];

fn first_error(failure: &ImportFailure) -> String {
    failure.errors().first().expect("there is an error").to_string()
}

#[test]
fn a_long_document_is_refused_at_its_place_and_takes_no_more_memory_than_it_must() {
    let options =
        ImportOptions { as_of: Some(Timestamp::from_millis(0)), ..ImportOptions::default() };
    for (what, length, parts, expected, most) in DOCUMENTS {
        let document = Long::of(length, parts);
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let failure = import(document, &options).expect_err(what);
        let used = ALLOCATOR.peak_usage().saturating_sub(before) / MEBIBYTE;
        println!("{what}: {used} MiB");
        let found = first_error(&failure);
        assert!(found.starts_with(expected), "{what}: {found}");
        assert!(found.len() < 400, "{what}: {found}");
        assert!(used <= most, "{what}: {used} MiB, at most {most} MiB wanted");
    }

    let contracts = Long::of(LONG, ["[{}", r#", {"address": 5}"#, "]"]);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let failure = ContractEnds::read(contracts).expect_err("no addresses");
    let used = ALLOCATOR.peak_usage().saturating_sub(before) / MEBIBYTE;
    println!("contracts: {used} MiB");
    let expected = "import_malformed: [0].address: the key is missing (line 1, column 3)";
    assert_eq!(first_error(&failure), expected);
    assert!(used <= 8, "contracts: {used} MiB");
}
