//! Versions of binder and client.

use std::fmt;

/// A version of the interface to the binder, or of the ABI format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Changes when old readers must fail.
    pub major: u8,
    /// Changes when something is added.
    pub minor: u8,
    /// Ignored by readers.
    pub patch: u8,
}

impl Version {
    /// The binder version that the SDK's macros mark contracts with.
    pub const BINDER: Version = Version::new(10, 2, 0);
    /// The client version that the SDK's macros mark contracts with.
    pub const CLIENT: Version = Version::new(5, 4, 0);

    /// A version from its parts.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Version { major, minor, patch }
    }

    /// Whether this is a client version of the format.
    pub(super) fn is_known_client(self) -> bool {
        matches!((self.major, self.minor), (5, 0..=7) | (6, 0))
    }

    /// Whether a client version lists what the chain calls.
    pub(super) fn has_chain_component(self) -> bool {
        self.major >= 6
    }

    /// Whether a client version wants types and functions in their order.
    pub(super) fn is_ordered(self) -> bool {
        (self.major, self.minor) >= (5, 7)
    }

    /// Whether a client version writes arrays of any type, with code 0x1a.
    pub(super) fn has_arrays(self) -> bool {
        (self.major, self.minor) >= (5, 6)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
