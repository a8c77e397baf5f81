//! One call, seen from inside the contract: bytes to arguments, state and events to bytes.
//!
//! Arguments that cannot be decoded refuse the call, before the hook runs. A context or a state
//! that cannot be decoded is not the caller's doing: it traps.
//!
//! Source: `pbc-formats.md` 2.4, `registry.md` 4.5.

use std::io;

use pbc_traits::derive::{decoding, written};
use pbc_traits::{DecodeError, Decoder, ReadRPC, ReadWriteState, WriteRPC};

use crate::raw;

const STATE_SECTION: u8 = 0x01;
const EVENTS_SECTION: u8 = 0x02;
/// The bytes of the length in front of a result, and of the length of a section.
const LENGTH: usize = 4;

/// The input of a call, read from front to back by the wrapper of a hook.
#[derive(Debug)]
pub struct Call<'a> {
    /// What is left, with positions counted from the start of the part that is being read.
    input: Decoder<'a>,
    length: usize,
}

impl<'a> Call<'a> {
    /// The call whose input lies at `input`. Only wrappers call this, with what the host gave.
    #[inline]
    pub fn begin(input: *mut u8, length: usize) -> Self {
        #[cfg(target_arch = "wasm32")]
        crate::wasm::install_panic_hook();
        Call { input: Decoder::new(raw::input(input, length)), length }
    }

    /// The context of the call.
    #[inline]
    pub fn read_context<T: ReadRPC>(&mut self) -> T {
        self.leading("malformed context: ", T::rpc_decode)
    }

    /// The context of a callback.
    #[inline]
    pub fn read_callback_context<T: ReadRPC>(&mut self) -> T {
        self.leading("malformed callback context: ", T::rpc_decode)
    }

    /// The state before the call.
    #[inline]
    pub fn read_state<T: ReadWriteState>(&mut self) -> T {
        self.leading("malformed state: ", T::state_decode)
    }

    #[inline]
    fn leading<T>(
        &mut self,
        part: &'static str,
        decode: impl FnOnce(&mut Decoder<'a>) -> Result<T, DecodeError>,
    ) -> T {
        decoding(part);
        match decode(&mut self.input) {
            Ok(value) => {
                self.input = Decoder::new(self.input.rest());
                value
            }
            Err(error) => trap(part, error),
        }
    }

    /// The next argument; refuses the call if it cannot be decoded.
    #[inline]
    pub fn read_argument<T: ReadRPC>(&mut self) -> T {
        decoding("");
        T::rpc_decode(&mut self.input).unwrap_or_else(|error| refuse(error))
    }

    /// Refuses the call if anything follows the arguments.
    #[inline]
    pub fn end_of_arguments(&self) {
        decoding("");
        self.input.finish().unwrap_or_else(|error| refuse(error));
    }

    /// The address of the result of a hook that returned state and events.
    #[inline]
    pub fn finish<S: ReadWriteState, E: WriteRPC>(self, state: &S, events: &Vec<E>) -> u64 {
        let mut result = self.result_with_state(state);
        if !events.is_empty() {
            section(&mut result, EVENTS_SECTION, |bytes| events.rpc_write_to(bytes));
        }
        give(result)
    }

    /// The address of the result of a hook that returned the state only.
    #[inline]
    pub fn finish_without_events<S: ReadWriteState>(self, state: &S) -> u64 {
        give(self.result_with_state(state))
    }

    #[inline]
    fn result_with_state<S: ReadWriteState>(&self, state: &S) -> Vec<u8> {
        // Most calls change the state little, and what they emit is small.
        let mut result = Vec::with_capacity(self.length + 128);
        result.extend([0; LENGTH]);
        if size_of::<S>() > 0 {
            section(&mut result, STATE_SECTION, |bytes| state.state_write_to(bytes));
        }
        result
    }
}

#[inline]
fn section(result: &mut Vec<u8>, id: u8, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) {
    result.push(id);
    let start = result.len();
    result.extend([0; LENGTH]);
    written(write(result));
    set_length(result, start);
}

/// Writes, at `start`, the length of what follows it.
#[inline]
fn set_length(result: &mut [u8], start: usize) {
    let length = u32::try_from(result.len() - start - LENGTH).expect("a result is below 4 GiB");
    result[start..start + LENGTH].copy_from_slice(&length.to_be_bytes());
}

#[inline]
fn give(mut result: Vec<u8>) -> u64 {
    set_length(&mut result, 0);
    raw::give(result)
}

#[cold]
fn trap(part: &str, error: DecodeError) -> ! {
    panic!("{part}{}: {error}", error.code())
}

#[cold]
#[cfg(target_arch = "wasm32")]
fn refuse(error: DecodeError) -> ! {
    panic!("{}: {error}", error.code())
}

#[cold]
#[cfg(not(target_arch = "wasm32"))]
fn refuse(error: DecodeError) -> ! {
    std::panic::resume_unwind(Box::new((error.code(), error.to_string())))
}
