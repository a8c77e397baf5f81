//! Shortnames: the numbers of hooks, as unsigned LEB128.

use sha2::{Digest, Sha256};
use syn::{Error, LitInt, Result};

/// The shortname of every init.
pub(crate) const INIT: u32 = u32::MAX;

/// The number that an action has without `shortname`: the first four bytes of the SHA-256 of its
/// name, big-endian.
pub(crate) fn default_of(function: &str) -> u32 {
    let hash: [u8; 32] = Sha256::digest(function).into();
    let [a, b, c, d, ..] = hash;
    u32::from_be_bytes([a, b, c, d])
}

/// The unsigned LEB128 bytes of `number`.
pub(crate) fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number behind a literal, whose bytes must already be LEB128.
///
/// # Errors
///
/// A literal that is not `0x` and hex digits; more than 5 bytes; bytes that are not one complete
/// and shortest LEB128 sequence; a number above 2^32 - 1.
pub(crate) fn parse(literal: &LitInt) -> Result<u32> {
    let text = literal.to_string();
    let refuse = |message: String| Err(Error::new(literal.span(), message));

    let Some(digits) = text.strip_prefix("0x") else {
        let hint = text
            .parse::<u32>()
            .map_or_else(|_| "0x01".to_string(), |number| format!("0x{}", hex(&leb(number))));
        return refuse(format!("a shortname is written in hex: `shortname = {hint}`"));
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return refuse(format!(
            "shortname `{text}` has something besides `0x` and hex digits: remove `_` and suffix"
        ));
    }

    let digits = digits.trim_start_matches('0');
    let padded = format!("{}{digits}", if digits.len() % 2 == 1 { "0" } else { "" });
    let mut bytes: Vec<u8> = (0..padded.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&padded[start..start + 2], 16))
        .collect::<std::result::Result<_, _>>()
        .expect("invariant: two hex digits make a byte");
    if bytes.is_empty() {
        bytes.push(0);
    }
    decode(&bytes).or_else(|cause| {
        refuse(format!(
            "shortname `{text}` {cause}; the literal is the LEB128 byte string, not the number \
             (number 128 is `0x8001`)"
        ))
    })
}

fn decode(bytes: &[u8]) -> std::result::Result<u32, &'static str> {
    if bytes.len() > 5 {
        return Err("has more than 5 bytes");
    }
    let (last, before) = bytes.split_last().expect("invariant: there is a byte");
    if before.iter().any(|byte| byte & 0x80 == 0) {
        return Err("goes on after its LEB128 sequence has ended");
    }
    if last & 0x80 != 0 {
        return Err("is an unfinished LEB128 sequence");
    }
    if *last == 0 && !before.is_empty() {
        return Err("has a redundant last byte");
    }
    let number =
        bytes.iter().rev().fold(0, |number: u64, byte| number << 7 | u64::from(byte & 0x7f));
    u32::try_from(number).map_err(|_| "is larger than 2^32 - 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> std::result::Result<u32, String> {
        let literal: LitInt = syn::parse_str(text).expect("an integer literal");
        parse(&literal).map_err(|error| error.to_string())
    }

    #[test]
    fn a_literal_is_the_leb_bytes_of_its_number() {
        for (text, number) in [
            ("0x00", 0),
            ("0x7f", 127),
            ("0x8001", 128),
            ("0x0001", 1),
            ("0x1", 1),
            ("0xa6ced5840f", 4_036_323_110),
            ("0xffffffff0f", u32::MAX),
        ] {
            assert_eq!(parsed(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn a_literal_that_is_no_leb_sequence_is_refused_with_its_cause() {
        for (text, cause) in [
            ("0x80", "unfinished"),
            ("0x0180", "goes on"),
            ("0x8000", "redundant"),
            ("0xffffffff10", "larger than"),
            ("0xffffffffff0f", "more than 5 bytes"),
            ("53", "shortname = 0x35"),
            ("0x01u8", "remove"),
            ("0x0_1", "remove"),
        ] {
            let message = parsed(text).expect_err(text);
            assert!(message.contains(cause), "{text}: {message}");
        }
    }

    #[test]
    fn a_number_survives_leb_and_literal() {
        for number in [0, 1, 127, 128, 300, 624_485, u32::MAX] {
            assert_eq!(parsed(&format!("0x{}", hex(&leb(number)))), Ok(number));
        }
    }
}
