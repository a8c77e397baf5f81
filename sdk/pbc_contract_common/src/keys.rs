//! Hashes, keys and large numbers, as bytes.
//!
//! Source: `pbc-formats.md` 1.5 and 2.1.

use std::io::{self, Read, Write};

use pbc_traits::{DecodeError, ReadRPC, Source, WriteRPC};
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

/// A SHA-256 hash.
#[derive(ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct Hash {
    /// The hash itself.
    pub bytes: [u8; 32],
}

/// The public key of an account or node, compressed.
#[derive(ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct PublicKey {
    /// The compressed point.
    pub bytes: [u8; 33],
}

/// The BLS public key of a node.
#[derive(ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct BlsPublicKey {
    /// The compressed point.
    pub bytes: [u8; 96],
}

/// A BLS signature.
#[derive(ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct BlsSignature {
    /// The compressed point.
    pub bytes: [u8; 48],
}

/// An unsigned number of 256 bits.
#[derive(ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Debug, Clone)]
#[repr(C)]
pub struct U256 {
    /// Little-endian. Calls carry them in reverse.
    pub bytes: [u8; 32],
}

impl U256 {
    fn from_big_endian(mut bytes: [u8; 32]) -> Self {
        bytes.reverse();
        U256 { bytes }
    }
}

impl ReadRPC for U256 {
    const RPC_MIN_SIZE: usize = 32;

    fn rpc_read_from<T: Read>(reader: &mut T) -> Self {
        pbc_traits::derive::read_rpc(reader)
    }

    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.array().map(U256::from_big_endian)
    }
}

impl WriteRPC for U256 {
    fn rpc_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        let mut bytes = self.bytes;
        bytes.reverse();
        writer.write_all(&bytes)
    }
}
