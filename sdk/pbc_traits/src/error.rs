//! Why bytes could not be decoded.

use std::{fmt, io};

/// Why bytes could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Distance from the start of what is decoded, in bytes: of the failed read, or of the byte
    /// that is wrong.
    pub position: usize,
    /// What is wrong there.
    pub cause: Cause,
}

/// What is wrong with bytes that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The input ends too early.
    Truncated {
        /// Bytes that the failed read needed.
        wanted: usize,
    },
    /// The input goes on after its end.
    TrailingBytes {
        /// Bytes that are left over.
        left: usize,
    },
    /// A count has its top bit set, or more elements than the bytes left can hold.
    InvalidLength {
        /// The count as it was read.
        count: u32,
        /// Bytes after the count, if the end of the input is known.
        left: Option<usize>,
    },
    /// No variant has this discriminant.
    InvalidDiscriminant {
        /// The byte that was read.
        byte: u8,
    },
    /// A string is not UTF-8.
    InvalidUtf8 {
        /// The first byte that does not belong there.
        byte: u8,
    },
    /// No address type has this number.
    InvalidAddressType {
        /// The byte that was read.
        byte: u8,
    },
    /// A `bool` or option byte is neither 0 nor 1. Only a [`StrictDecoder`](crate::StrictDecoder)
    /// refuses it.
    InvalidFlag {
        /// The byte that was read.
        byte: u8,
    },
    /// Keys do not rise strictly. Only a [`StrictDecoder`](crate::StrictDecoder) refuses them.
    UnsortedKeys,
}

impl DecodeError {
    /// The error with this cause at this position.
    pub const fn at(position: usize, cause: Cause) -> Self {
        DecodeError { position, cause }
    }

    /// The stable code of the refusal. The last two causes occur in stored state only.
    ///
    /// Source: `registry.md` 4.5.
    pub const fn code(&self) -> &'static str {
        match self.cause {
            Cause::Truncated { .. } => "truncated",
            Cause::TrailingBytes { .. } => "trailing_bytes",
            Cause::InvalidLength { .. } => "invalid_length",
            Cause::InvalidDiscriminant { .. } => "invalid_discriminant",
            Cause::InvalidUtf8 { .. } => "invalid_utf8",
            Cause::InvalidAddressType { .. } => "invalid_address_type",
            Cause::InvalidFlag { .. } | Cause::UnsortedKeys => "state_malformed",
        }
    }
}

/// The quantities behind the code, without the code itself.
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position;
        match self.cause {
            Cause::Truncated { wanted } => {
                write!(f, "the input ends at byte {position}, {wanted} bytes wanted")
            }
            Cause::TrailingBytes { left } => {
                write!(f, "the input goes on at byte {position}, {left} bytes left")
            }
            Cause::InvalidLength { count, left: Some(left) } => {
                write!(f, "count {count} at byte {position}, {left} bytes left")
            }
            Cause::InvalidLength { count, left: None } => {
                write!(f, "count {count} at byte {position}")
            }
            Cause::InvalidDiscriminant { byte }
            | Cause::InvalidUtf8 { byte }
            | Cause::InvalidAddressType { byte } => {
                write!(f, "byte {byte:#04x} at byte {position}")
            }
            Cause::InvalidFlag { byte } => {
                write!(f, "byte {byte:#04x} at byte {position} is neither 0 nor 1")
            }
            Cause::UnsortedKeys => {
                write!(f, "the key at byte {position} is not larger than the one before it")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Panics, as the published reading methods do where decoding gives an error.
#[cold]
pub fn fail(error: crate::DecodeError) -> ! {
    panic!("{}: {error}", error.code())
}

/// What came of writing to a vector. Unlike `expect`, it does not know how to show an error.
#[inline]
pub fn written(result: io::Result<()>) {
    assert!(result.is_ok(), "invariant: writing to a vector succeeds");
}

/// Says what is decoded from here on. Only wasm32 keeps it: see `ending`.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub fn decoding(_part: &'static str) {}
