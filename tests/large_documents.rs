//! Documents of 200 MB, made while they are read: the error has its place, and memory is bounded.
//!
//! Each kind of badness is tried on a tenth of that, and one on all of it. What is shown of a large
//! state takes little memory besides the state and what is shown. Alone in its file, and one test at
//! a time: the allocator counts for the whole process.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};
use std::thread;

use pbc_contract_common::address::{Address, AddressType};
use peak_alloc::PeakAlloc;
use zk_node_registry::rules::units::Timestamp;
use zkreg::diff::Diff;
use zkreg::image::Image;
use zkreg::json::{ContractEnds, ImportFailure, ImportOptions, import};
use zkreg::reader::{Limits, Reader};
use zkreg::status::{Status, Style};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MEBIBYTE: usize = 1 << 20;

static ALONE: Mutex<()> = Mutex::new(());

/// What `act` gives, and how much memory it takes at most besides what was there (MiB).
fn peak<T>(act: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = act();
    (result, ALLOCATOR.peak_usage().saturating_sub(before) / MEBIBYTE)
}

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
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let options =
        ImportOptions { as_of: Some(Timestamp::from_millis(0)), ..ImportOptions::default() };
    for (what, length, parts, expected, most) in DOCUMENTS {
        let document = Long::of(length, parts);
        let (failure, used) = peak(|| import(document, &options).expect_err(what));
        println!("{what}: {used} MiB");
        let found = first_error(&failure);
        assert!(found.starts_with(expected), "{what}: {found}");
        assert!(found.len() < 400, "{what}: {found}");
        assert!(used <= most, "{what}: {used} MiB, at most {most} MiB wanted");
    }

    let contracts = Long::of(LONG, ["[{}", r#", {"address": 5}"#, "]"]);
    let (failure, used) = peak(|| ContractEnds::read(contracts).expect_err("no addresses"));
    println!("contracts: {used} MiB");
    let expected = "import_malformed: [0].address: the key is missing (line 1, column 3)";
    assert_eq!(first_error(&failure), expected);
    assert!(used <= 8, "contracts: {used} MiB");
}

/// A state with this many token records.
fn large(accounts: u32) -> Image {
    let as_of = Some(Timestamp::from_millis(0));
    let options = ImportOptions { as_of, ..ImportOptions::default() };
    let live = include_bytes!("data/live.json").as_slice();
    let mut image = import(live, &options).expect("it can be imported").image;
    let tokens = image.staked_tokens.values().next().expect("there are some").clone();
    for number in 0..accounts {
        let mut identifier = [0; 20];
        identifier[..4].copy_from_slice(&number.to_be_bytes());
        let account = Address { address_type: AddressType::Account, identifier };
        image.staked_tokens.insert(account, tokens.clone());
    }
    image
}

#[test]
fn a_long_table_takes_little_more_memory_than_its_text() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let status = Status::of_all(&large(50_000), Timestamp::from_millis(0));

    for style in [Style::Plain, Style::Lined] {
        let (table, used) = peak(|| status.table(style));

        // A text that grows is copied into one of twice its size.
        let most = 3 * table.len() / MEBIBYTE + 1;
        println!("{style:?}: {used} MiB");
        assert!(table.lines().count() > 50_000);
        assert!(used <= most, "{style:?}: {used} MiB, at most {most} MiB wanted");
    }
}

#[test]
fn large_states_are_compared_in_little_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (before, mut after) = (large(50_000), large(50_000));
    after.settings.min_node_stake += 1;

    let (diff, used) = peak(|| Diff::between(&before, &after));

    println!("difference: {used} MiB");
    assert_eq!(diff.records.len(), 1);
    assert!(used <= 4, "{used} MiB");
}

#[test]
fn an_answer_that_goes_on_and_on_is_not_kept() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let node = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"serializedContract\":\"";
        let _ = stream.write_all(head.as_bytes());
        // Until nobody listens any more.
        while stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
    });
    let limits = Limits { state_bytes: 64 << 20, attempts: 1, ..Limits::default() };
    let reader = Reader::new(&url, limits).expect("it is a URL");
    let registry = Address { address_type: AddressType::PublicContract, identifier: [0xf0; 20] };

    let (answer, used) = peak(|| reader.document(&registry, None, &mut |_| ()).map(drop));

    println!("answer: {used} MiB");
    let error = answer.expect_err("it has no end").to_string();
    assert!(error.contains("is longer than"), "{error}");
    assert!(used <= 4, "{used} MiB");
    node.join().expect("the node has stopped");
}
