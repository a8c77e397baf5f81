//! Signatures of accounts.
//!
//! Source: `pbc-formats.md` 1.5.

use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

/// A recoverable ECDSA signature: 65 bytes.
#[derive(ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct Signature {
    /// Which of the possible public keys signed.
    pub recovery_id: u8,
    /// The number r, big-endian.
    pub value_r: [u8; 32],
    /// The number s, big-endian.
    pub value_s: [u8; 32],
}
