//! Loading stored state on a host.
//!
//! Source: `registry.md` 3.2 and 4.5.

use std::fmt;

use pbc_traits::{DecodeError, ReadWriteState, Step, StrictDecoder};

/// Bytes that are not the state of the type asked for. The refusal code is `state_malformed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    /// The part that is wrong, such as `zk_nodes[3].score`; empty for the whole.
    pub path: String,
    /// What is wrong with it, and where.
    pub error: DecodeError,
}

impl StateError {
    /// The stable code of the refusal.
    pub const fn code(&self) -> &'static str {
        "state_malformed"
    }
}

/// Path, then cause.
impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the whole" } else { &self.path };
        match self.error.code() {
            "state_malformed" => write!(f, "{path}: {}", self.error),
            code => write!(f, "{path}: {code}: {}", self.error),
        }
    }
}

impl std::error::Error for StateError {}

/// The value whose state coding is `bytes`. What it accepts encodes back to the same bytes.
///
/// # Errors
///
/// At the first byte that cannot be decoded, or that no encoder would have written: a flag that is
/// neither 0 nor 1, a key that is not larger than the one before it, a byte too many.
pub fn load_state<T: ReadWriteState>(bytes: &[u8]) -> Result<T, StateError> {
    let mut source = StrictDecoder::new(bytes);
    match T::state_decode(&mut source).and_then(|value| source.finish().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(StateError { path: path(source.path()), error }),
    }
}

fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        let (separator, part) = match step {
            Step::Field(name) => (".", name.to_string()),
            Step::Variant(name) => ("::", name.to_string()),
            Step::Index(index) => ("", format!("[{index}]")),
            Step::Key(index) => ("", format!("[key {index}]")),
            Step::Value(index) => ("", format!("[value {index}]")),
        };
        if !path.is_empty() {
            path.push_str(separator);
        }
        path.push_str(&part);
    }
    path
}
