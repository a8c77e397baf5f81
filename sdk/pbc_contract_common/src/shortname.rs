//! Shortnames: the numbers by which actions and callbacks are called, as unsigned LEB128.
//!
//! Source: `pbc-formats.md` 1.2 and 1.5.

use std::fmt;
use std::io::{self, Write};

use pbc_traits::WriteRPC;

/// The number of an action. Prints as the hex of its LEB128 bytes.
#[derive(Eq, PartialEq, Debug, Clone, Copy)]
pub struct Shortname {
    value: u32,
}

impl Shortname {
    /// The shortname with this number.
    pub const fn from_u32(value: u32) -> Self {
        Shortname { value }
    }

    /// The shortname whose LEB128 bytes these are.
    ///
    /// # Errors
    ///
    /// In this order: there is no byte; the sequence is longer than 5 bytes; it ends before the
    /// last byte, or not even there; its number is above 2^32 - 1.
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self, String> {
        let Some((last, before)) = bytes.split_last() else {
            return Err("a shortname has at least one byte".to_string());
        };
        if before.len() > 4 {
            return Err(format!("a shortname has at most 5 bytes, not {}", bytes.len()));
        }
        if before.iter().any(|byte| byte & 0x80 == 0) {
            return Err("the shortname ends before its last byte".to_string());
        }
        if last & 0x80 != 0 {
            return Err("the shortname is unfinished".to_string());
        }
        let value = bytes.iter().rev().fold(0, |sum: u64, byte| sum << 7 | u64::from(byte & 0x7f));
        u32::try_from(value)
            .map(Shortname::from_u32)
            .map_err(|_| format!("shortname {value} is above 2^32 - 1"))
    }

    /// The number.
    pub const fn as_u32(&self) -> u32 {
        self.value
    }

    /// The LEB128 bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let (bytes, length) = self.leb();
        bytes[..length].to_vec()
    }

    /// The LEB128 bytes, and how many of the five they are.
    fn leb(&self) -> ([u8; 5], usize) {
        let mut bytes = [0; 5];
        let mut rest = self.value;
        let mut last = 0;
        while rest > 0x7f {
            bytes[last] = (rest & 0x7f) as u8 | 0x80;
            rest >>= 7;
            last += 1;
        }
        bytes[last] = rest as u8;
        (bytes, last + 1)
    }
}

impl WriteRPC for Shortname {
    fn rpc_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        let (bytes, length) = self.leb();
        writer.write_all(&bytes[..length])
    }
}

impl fmt::Display for Shortname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, length) = self.leb();
        bytes[..length].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The number of a callback.
#[derive(Eq, PartialEq, Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ShortnameCallback {
    /// The number itself.
    pub shortname: Shortname,
}

impl ShortnameCallback {
    /// The callback with this number.
    pub const fn from_u32(value: u32) -> Self {
        ShortnameCallback { shortname: Shortname::from_u32(value) }
    }

    /// The callback with this shortname.
    pub fn new(shortname: Shortname) -> Self {
        ShortnameCallback { shortname }
    }
}
