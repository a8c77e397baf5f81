//! The key of an entry. Most are short enough to lie in the entry itself.

use std::fmt;

/// Longest key that needs no memory of its own: an address has 21 bytes.
const SHORT: usize = 22;

/// Bytes.
#[derive(Clone)]
pub(crate) enum Key {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl Key {
    #[inline]
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..key.len()) {
            Some(start) => {
                start.copy_from_slice(key);
                Key::Short { length: key.len() as u8, bytes }
            }
            None => Key::Long(key.into()),
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Key::Short { length, bytes } => &bytes[..usize::from(*length)],
            Key::Long(bytes) => bytes,
        }
    }
}

/// Hex.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.as_slice()).fmt(f)
    }
}

/// Bytes that print as hex.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
