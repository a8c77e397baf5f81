//! The address behind each name.
//!
//! A scenario speaks of `n1` and `zk-1`, the chain of 21 bytes. The address follows from the name
//! alone, so the same name is the same address in every run: the type that the kind of name stands
//! for (the registry is a public contract, 02; the other collaborators are system contracts, 01),
//! then the last 20 bytes of SHA-256 of the name. A name in hex digits is its own address. A world
//! that starts from real addresses gives them to names by [`Names::bind`]; the collaborators of
//! the registry are bound so.
//!
//! Not here: which spellings are names ([`crate::name`]).

use std::collections::BTreeMap;

use pbc_contract_common::address::{Address, AddressType};
use pbc_traits::{Decoder, ReadRPC};
use sha2::{Digest, Sha256};
pub use zkreg_engine::bytes_of;

use crate::name::{AddressBytes, Kind, Name};

/// The address that `name` has unless it is bound to another.
pub fn address_of(name: &Name) -> Address {
    let address_type = match name.kind() {
        Kind::Account => AddressType::Account,
        Kind::Public | Kind::Registry => AddressType::PublicContract,
        Kind::Zk => AddressType::ZkContract,
        Kind::System | Kind::Token | Kind::Deploy | Kind::Voting | Kind::Producers => {
            AddressType::SystemContract
        }
        Kind::Address(bytes) => return from_bytes(&bytes),
    };
    let digest: [u8; 32] = Sha256::digest(name.as_str()).into();
    let mut identifier = [0; 20];
    identifier.copy_from_slice(&digest[12..]);
    Address { address_type, identifier }
}

fn from_bytes(bytes: &AddressBytes) -> Address {
    Address::rpc_decode(&mut Decoder::new(bytes)).expect("invariant: a name has a valid type")
}

/// Names and addresses of one world, both ways.
#[derive(Clone, Debug, Default)]
pub struct Names {
    bound: BTreeMap<Name, Address>,
    /// The names of the addresses that have been asked for or bound.
    known: BTreeMap<Address, Name>,
}

impl Names {
    /// Gives `address` to `name`. A name bound before moves; the last name of an address is the
    /// one that is shown.
    pub fn bind(&mut self, name: Name, address: Address) {
        self.known.insert(address, name.clone());
        self.bound.insert(name, address);
    }

    /// The address of `name`, which is then known by this name.
    pub fn resolve(&mut self, name: &Name) -> Address {
        let address = self.address(name);
        self.known.entry(address).or_insert_with(|| name.clone());
        address
    }

    /// The address of `name`.
    pub fn address(&self, name: &Name) -> Address {
        self.bound.get(name).copied().unwrap_or_else(|| address_of(name))
    }

    /// The name by which `address` is known, if it has been resolved or bound.
    pub fn name(&self, address: &Address) -> Option<&Name> {
        self.known.get(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn address(text: &str) -> Address {
        address_of(&name(text))
    }

    #[test]
    fn the_address_of_a_name_never_changes() {
        let shown = |text: &str| format!("{:x}", address(text));

        assert_eq!(shown("n1"), "004811c8f10a53e636352f06987f42fe425acedd80");
        assert_eq!(shown("zk-1"), "03235752973acecb7d779bf72579e91de8ac9cbc49");
    }

    #[test]
    fn the_first_byte_follows_from_the_kind_of_the_name() {
        for (text, kind) in [
            ("n1", AddressType::Account),
            ("zk-1", AddressType::ZkContract),
            ("pub-1", AddressType::PublicContract),
            ("registry", AddressType::PublicContract),
            ("sys-1", AddressType::SystemContract),
            ("token", AddressType::SystemContract),
        ] {
            assert_eq!(address(text).address_type, kind, "{text}");
        }
    }

    #[test]
    fn a_name_in_hex_digits_is_its_own_address() {
        let hex = "04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620";

        assert_eq!(format!("{:x}", address(hex)), hex);
        assert_eq!(bytes_of(&address(hex))[..3], [0x04, 0xc5, 0xf0]);
    }

    #[test]
    fn a_bound_name_has_the_address_given_to_it() {
        let mut names = Names::default();

        names.bind(name("voting"), address("n9"));

        assert_eq!(names.resolve(&name("voting")), address("n9"));
        assert_eq!(names.name(&address("n9")), Some(&name("voting")));
    }

    #[test]
    fn an_address_is_shown_by_name_once_the_name_was_used() {
        let mut names = Names::default();
        assert_eq!(names.name(&address("n1")), None);

        names.resolve(&name("n1"));

        assert_eq!(names.name(&address("n1")), Some(&name("n1")));
    }
}
