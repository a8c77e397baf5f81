//! Who takes part: names of scenarios, so that what was generated can be read.

use pbc_contract_common::address::Address;
use zk_node_registry::Collaborators;
use zkreg::names::{Names, address_of};

/// Operators in what is generated: `n1` to `n6`.
pub const OPERATORS: [&str; 6] = ["n1", "n2", "n3", "n4", "n5", "n6"];

/// Contracts that are served: three ZK contracts and a public one.
pub const SERVED: [&str; 4] = ["zk-1", "zk-2", "zk-3", "pub-1"];

/// An account without any role.
pub const STRANGER: &str = "stranger";

/// A system contract, which is never served.
pub const SYSTEM: &str = "sys-1";

/// The address behind one of the names above, or behind any other name.
///
/// # Panics
///
/// If no scenario could say this name.
pub fn address(name: &str) -> Address {
    address_of(&name.parse().expect("a name of scenarios"))
}

/// The registry's own address.
pub fn registry() -> Address {
    address("registry")
}

/// The names of all of them, and of the contracts around a registry.
pub(crate) fn names(collaborators: &Collaborators, token: Address) -> Names {
    let mut names = Names::default();
    for name in OPERATORS.iter().chain(&SERVED).chain(&[STRANGER, SYSTEM, "registry"]) {
        names.resolve(&name.parse().expect("a name of this module"));
    }
    let around = [
        ("token", token),
        ("producers", collaborators.bp_orchestration),
        ("deploy", collaborators.zk_contract_deploy),
        ("voting", collaborators.voting),
    ];
    for (name, address) in around {
        names.bind(name.parse().expect("a name of this module"), address);
    }
    names
}
