//! Addresses of accounts and contracts.
//!
//! Source: `pbc-formats.md` 1.5.

use std::fmt;
use std::io::{self, Read, Write};

use pbc_traits::{Cause, DecodeError, ReadRPC, ReadWriteState, Source, WriteRPC};
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

pub use crate::shortname::{Shortname, ShortnameCallback};

/// What an address belongs to.
#[derive(Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Clone, Copy)]
#[repr(u8)]
pub enum AddressType {
    /// An account.
    Account = 0,
    /// A system contract.
    SystemContract = 1,
    /// A public contract.
    PublicContract = 2,
    /// A ZK contract.
    ZkContract = 3,
    /// A governance contract. The spelling is the published one.
    GoveranceContract = 4,
}

impl AddressType {
    fn decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let position = source.position();
        Ok(match source.byte()? {
            0 => AddressType::Account,
            1 => AddressType::SystemContract,
            2 => AddressType::PublicContract,
            3 => AddressType::ZkContract,
            4 => AddressType::GoveranceContract,
            byte => {
                return Err(DecodeError::at(position, Cause::InvalidAddressType { byte }));
            }
        })
    }
}

impl ReadRPC for AddressType {
    const RPC_MIN_SIZE: usize = 1;

    fn rpc_read_from<T: Read>(reader: &mut T) -> Self {
        pbc_traits::derive::read_rpc(reader)
    }

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        AddressType::decode(source)
    }
}

impl WriteRPC for AddressType {
    #[inline]
    fn rpc_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        writer.write_all(&[*self as u8])
    }
}

impl ReadWriteState for AddressType {
    const SERIALIZABLE_BY_COPY: bool = true;
    const STATE_MIN_SIZE: usize = 1;

    fn state_read_from<T: Read>(reader: &mut T) -> Self {
        pbc_traits::derive::read_state(reader)
    }

    #[inline]
    fn state_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        writer.write_all(&[*self as u8])
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        AddressType::decode(source)
    }
}

/// The address of an account or a contract: 21 bytes.
///
/// Ordered by type, then by identifier. Prints as 42 hex digits.
#[derive(
    ReadWriteRPC, ReadWriteState, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Clone, Copy,
)]
#[repr(C)]
pub struct Address {
    /// What it belongs to.
    pub address_type: AddressType,
    /// The 20 bytes that tell it from others of its type.
    pub identifier: [u8; 20],
}

impl fmt::LowerHex for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.address_type as u8)?;
        self.identifier.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::UpperHex for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.address_type as u8)?;
        self.identifier.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// Upper-case hex.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::UpperHex::fmt(self, f)
    }
}
