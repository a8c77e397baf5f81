//! Big-endian bytes: a total reader with the decoding codes of 4.5, and the writers.

use crate::refusal::{Refusal, refuse, require};
use crate::state::Address;

/// The highest address type (3.2).
const LAST_ADDRESS_TYPE: u8 = 4;

/// What is left of an input.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        require(self.rest.len() >= count, "truncated")?;
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        Ok(self.take(N)?.try_into().expect("take returns as many bytes as asked for"))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Refusal> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Refusal> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Refusal> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A `bool` or the marker of an option: any byte but 00 is true (3.2).
    pub(crate) fn bool(&mut self) -> Result<bool, Refusal> {
        Ok(self.u8()? != 0)
    }

    /// An address is judged by its first byte, then by its length (3.2).
    pub(crate) fn address(&mut self) -> Result<Address, Refusal> {
        let Some(address_type) = self.rest.first() else { return refuse("truncated") };
        require(*address_type <= LAST_ADDRESS_TYPE, "invalid_address_type")?;
        self.array()
    }

    /// A count, judged before its elements: its top bit, then whether `smallest` bytes for each
    /// element are left (3.2).
    fn count(&mut self, smallest: u64) -> Result<u64, Refusal> {
        let count = u32::from_be_bytes(self.array()?);
        require(count & 0x8000_0000 == 0, "invalid_length")?;
        let count = u64::from(count);
        require(count * smallest <= self.rest.len() as u64, "invalid_length")?;
        Ok(count)
    }

    pub(crate) fn string(&mut self) -> Result<String, Refusal> {
        let count = self.count(1)?;
        let bytes = self.take(usize::try_from(count).expect("no more than the bytes left"))?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => refuse("invalid_utf8"),
        }
    }

    /// A list whose elements have at least `smallest` bytes each.
    pub(crate) fn list<T>(
        &mut self,
        smallest: u64,
        element: impl Fn(&mut Reader<'a>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let count = self.count(smallest)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(element(self)?);
        }
        Ok(list)
    }

    /// The end of the input.
    pub(crate) fn end(&self) -> Result<(), Refusal> {
        require(self.rest.is_empty(), "trailing_bytes")
    }

    /// A shortname: LEB128 in its one shortest spelling, at most 5 bytes, at most 2^32 - 1.
    pub(crate) fn shortname(&mut self) -> Result<u32, Refusal> {
        let mut value: u64 = 0;
        for place in 0..5 {
            let Some((byte, rest)) = self.rest.split_first() else {
                return refuse("malformed_shortname"); // unfinished
            };
            self.rest = rest;
            value += u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                let redundant = place > 0 && *byte == 0;
                require(!redundant, "malformed_shortname")?;
                return match u32::try_from(value) {
                    Ok(shortname) => Ok(shortname),
                    Err(_) => refuse("malformed_shortname"),
                };
            }
        }
        refuse("malformed_shortname") // longer than 5 bytes
    }
}

/// A `bool`: 01 or 00.
pub(crate) fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(u8::from(value));
}

/// A count of elements or bytes.
pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("lists and texts are far shorter than 2^32");
    out.extend(count.to_be_bytes());
}

/// Bytes with their count in front; texts are written the same way.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend(bytes);
}
