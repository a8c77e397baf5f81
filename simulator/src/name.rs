//! Names of a scenario: who acts, and what is acted on.
//!
//! A name is a word, or an address in 42 hex digits for those who come from real state. What kind
//! of address stands behind a word is part of the language; which address, the world decides.

use std::fmt;
use std::str::FromStr;

use crate::problem::{Problem, quote};

/// The bytes of an address: its type, then its identifier.
pub type AddressBytes = [u8; 21];

/// The longest name, in characters.
const LONGEST: usize = 42;

/// Words that mean something where a name could stand.
const RESERVED: [&str; 22] = [
    "after",
    "all",
    "and",
    "at",
    "calls",
    "callbacks",
    "clock",
    "expect",
    "failure",
    "gas",
    "given",
    "mail",
    "next",
    "no",
    "nobody",
    "nodes",
    "of",
    "roster",
    "settings",
    "stake",
    "success",
    "to",
];

/// A name: lower-case letters, digits, `-` and `_`, beginning with a letter; or 42 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any name that is none of the following: an account, address type 00.
    Account,
    /// `sys-…`: a system contract, address type 01.
    System,
    /// `pub-…`: a public contract, address type 02.
    Public,
    /// `zk-…`: a ZK contract, address type 03.
    Zk,
    /// `registry`: the ZK node registry.
    Registry,
    /// `token`: the MPC-20 contract of the stake.
    Token,
    /// `deploy`: the contract that deploys ZK contracts.
    Deploy,
    /// `voting`: the contract that bans nodes.
    Voting,
    /// `producers`: BP orchestration, which knows the block producers.
    Producers,
    /// 42 hex digits: this very address.
    Address(AddressBytes),
}

impl Name {
    /// What the name stands for, by its spelling alone.
    pub fn kind(&self) -> Kind {
        match self.0.as_str() {
            "registry" => Kind::Registry,
            "token" => Kind::Token,
            "deploy" => Kind::Deploy,
            "voting" => Kind::Voting,
            "producers" => Kind::Producers,
            name if name.starts_with("zk-") => Kind::Zk,
            name if name.starts_with("pub-") => Kind::Public,
            name if name.starts_with("sys-") => Kind::System,
            name => address(name).map_or(Kind::Account, Kind::Address),
        }
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Name {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Name, Problem> {
        let problem = |message: String| Problem::new(0..text.len(), message);
        if RESERVED.contains(&text) {
            return Err(problem(format!("{} is a word of the language", quote(text)))
                .with_remedy("take another name"));
        }
        if address(text).is_some() {
            return Ok(Name(text.to_ascii_lowercase()));
        }
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let well_formed = text.bytes().all(|byte| letters(byte) || matches!(byte, b'-' | b'_'))
            && text.starts_with(|first: char| first.is_ascii_lowercase());
        if !well_formed {
            return Err(problem(format!("{} is not a name", quote(text))).with_remedy(
                "names have lower-case letters, digits, `-` and `_` and begin with a letter; \
                 addresses have 42 hex digits",
            ));
        }
        if text.len() > LONGEST {
            return Err(problem(format!("{} is too long for a name", quote(text)))
                .with_remedy(format!("names have at most {LONGEST} characters")));
        }
        Ok(Name(text.to_owned()))
    }
}

/// The address that `text` spells in 42 hex digits of either case; types go from 00 to 04.
pub(crate) fn address(text: &str) -> Option<AddressBytes> {
    if text.len() != 42 {
        return None;
    }
    let mut bytes = [0; 21];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (bytes[0] <= 4).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Kind {
        name.parse::<Name>().unwrap().kind()
    }

    #[test]
    fn the_spelling_of_a_name_tells_its_kind() {
        let table = [
            ("alice", Kind::Account),
            ("n1", Kind::Account),
            ("zk", Kind::Account),
            ("zk-1", Kind::Zk),
            ("pub-shop", Kind::Public),
            ("sys-1", Kind::System),
            ("registry", Kind::Registry),
            ("token", Kind::Token),
            ("deploy", Kind::Deploy),
            ("voting", Kind::Voting),
            ("producers", Kind::Producers),
        ];
        for (name, expected) in table {
            assert_eq!(kind(name), expected, "{name}");
        }
    }

    #[test]
    fn forty_two_hex_digits_are_an_address_of_one_of_the_five_types() {
        let mut expected = [0x11; 21];
        expected[0] = 3;
        assert_eq!(kind(&format!("03{}", "11".repeat(20))), Kind::Address(expected));
        assert!(format!("05{}", "11".repeat(20)).parse::<Name>().is_err());
        let shouted: Name = format!("00{}", "AB".repeat(20)).parse().unwrap();
        assert_eq!(shouted, format!("00{}", "ab".repeat(20)).parse().unwrap());
    }

    #[test]
    fn malformed_names_and_words_of_the_language_are_refused() {
        let long = "a".repeat(43);
        for name in ["", "1a", "-a", "Alice", "a b", "ä", "a.b", "given", "nobody", "stake", &long]
        {
            assert!(name.parse::<Name>().is_err(), "{name}");
        }
    }
}
