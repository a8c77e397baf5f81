//! Decoding in a contract on wasm32.
//!
//! What cannot be decoded ends the call, whoever asked. So it ends right where it is found: there is
//! no error value, and the module holds no code that would hand one on, a tenth of its size.

use std::cell::Cell;
use std::fmt;

use crate::error::{Cause, DecodeError};

thread_local! {
    static PART: Cell<&'static str> = const { Cell::new("") };
}

/// Says what is decoded from here on, in words that go before the code of an error.
pub fn decoding(part: &'static str) {
    PART.set(part);
}

/// Stands for the error on wasm32. There is no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {}

impl Ending {
    /// Ends the call.
    #[cold]
    pub fn at(position: usize, cause: Cause) -> Self {
        let error = DecodeError::at(position, cause);
        panic!("{}{}: {error}", PART.get(), error.code())
    }

    /// There is no value that has a code.
    pub const fn code(&self) -> &'static str {
        match *self {}
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Ending {}
