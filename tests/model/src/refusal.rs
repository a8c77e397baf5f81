//! A refusal: the code of section 4.5, and nothing else.

use std::fmt;

/// A call was refused; the state is what it was. The message of the contract is not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of section 4.5.
    pub code: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for Refusal {}

/// Refuses with `code`.
pub(crate) fn refuse<T>(code: &'static str) -> Result<T, Refusal> {
    Err(Refusal { code })
}

/// Refuses with `code` unless `condition` holds.
pub(crate) fn require(condition: bool, code: &'static str) -> Result<(), Refusal> {
    if condition { Ok(()) } else { refuse(code) }
}
