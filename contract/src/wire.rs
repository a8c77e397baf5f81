//! The bytes of addresses, hashes and producer information: the one place that looks into them.
//!
//! The portable subset of the SDK lets a contract copy, compare, store and show addresses, not take
//! them apart. Their bytes are had by encoding them, and values by decoding a slice whose length
//! was checked before.
//!
//! Not here: what the bytes mean for a call (`rules`).

use pbc_contract_common::address::Address;
use pbc_contract_common::{Hash, PublicKey};
use pbc_traits::{ReadRPC, WriteRPC};

const ADDRESS_BYTES: usize = 21;
const HASH_BYTES: usize = 32;
const PUBLIC_KEY_BYTES: usize = 33;
const BLS_PUBLIC_KEY_BYTES: usize = 96;

const ACCOUNT: u8 = 0x00;
const PUBLIC_CONTRACT: u8 = 0x02;
const ZK_CONTRACT: u8 = 0x03;

/// Whether the address is that of an account (type 00).
pub fn is_account(address: &Address) -> bool {
    address_type(address) == ACCOUNT
}

/// Whether the address is that of a public contract (type 02).
pub fn is_public_contract(address: &Address) -> bool {
    address_type(address) == PUBLIC_CONTRACT
}

/// Whether the address is that of a ZK contract (type 03).
pub fn is_zk_contract(address: &Address) -> bool {
    address_type(address) == ZK_CONTRACT
}

fn address_type(address: &Address) -> u8 {
    let [address_type, ..] = address_bytes(address);
    address_type
}

/// The 21 bytes of an address, its type first.
pub(crate) fn address_bytes(address: &Address) -> [u8; ADDRESS_BYTES] {
    encoded(address)
}

/// The 32 bytes of a hash.
pub(crate) fn hash_bytes(hash: &Hash) -> [u8; HASH_BYTES] {
    encoded(hash)
}

fn encoded<T: WriteRPC, const N: usize>(value: &T) -> [u8; N] {
    let mut bytes = [0; N];
    let mut rest = bytes.as_mut_slice();
    let written = value.rpc_write_to(&mut rest);
    assert!(written.is_ok(), "invariant: the type has this many bytes");
    bytes
}

/// What the registry takes from a block producer's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerInfo {
    /// The 33 bytes of the key with which the node signs.
    pub public_key: PublicKey,
    /// ISO 3166-1 numeric code of the country of the server, as the record has it.
    pub server_jurisdiction: i32,
}

/// Reads the return data of `getProducerInfo` for `account`: identity, name, website, address,
/// public key, BLS public key, jurisdiction of the entity, jurisdiction of the server, in RPC
/// format, and nothing after it.
///
/// Source: registry.md 10.3 (assumption A-1).
///
/// # Errors
///
/// What is wrong, in words: too short, too long, a text that is not UTF-8, or the record of another
/// account.
pub fn read_producer_info(data: &[u8], account: &Address) -> Result<ProducerInfo, &'static str> {
    let mut fields = Fields { rest: data };
    let identity = fields.array::<ADDRESS_BYTES>()?;
    fields.text()?;
    fields.text()?;
    fields.text()?;
    let public_key = fields.array::<PUBLIC_KEY_BYTES>()?;
    fields.array::<BLS_PUBLIC_KEY_BYTES>()?;
    fields.array::<4>()?;
    let server_jurisdiction = i32::from_be_bytes(fields.array()?);
    if !fields.rest.is_empty() {
        return Err("bytes left over");
    }
    if identity != address_bytes(account) {
        return Err("record of another account");
    }
    Ok(ProducerInfo {
        public_key: PublicKey::rpc_read_from(&mut public_key.as_slice()),
        server_jurisdiction,
    })
}

/// The deadline that a served contract returned: exactly an `i64`, in milliseconds.
pub fn read_deadline(data: &[u8]) -> Option<i64> {
    data.try_into().ok().map(i64::from_be_bytes)
}

struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let (field, rest) = self.rest.split_at_checked(length).ok_or("data too short")?;
        self.rest = rest;
        Ok(field)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let field = self.bytes(N)?;
        Ok(field.try_into().expect("invariant: the slice has N bytes"))
    }

    fn text(&mut self) -> Result<(), &'static str> {
        let length = u32::from_be_bytes(self.array()?);
        let length = usize::try_from(length).map_err(|_| "data too short")?;
        let text = self.bytes(length)?;
        core::str::from_utf8(text).map(|_| ()).map_err(|_| "text that is not UTF-8")
    }
}
