//! Deploying the registry: the module that is deployed, and what it is created with.
//!
//! The module is the one in `abi/`, byte for byte. Whether arguments are accepted is asked of the
//! contract's own `init`.
//!
//! Source: `registry.md` 3.3; `pbc-formats.md` 4.3 and 4.4.

use std::io::Read;

use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::context::ContractContext;
use pbc_host::{ContractAbi, PbcFile};
use pbc_lib::Failure;
use zk_node_registry::{Collaborators, Settings};

use crate::chain::EngineContract;
use crate::engine::NativeEngine;
use crate::host;
use crate::json::{self, ImportFailure};
use crate::world::{Start, calls};

/// The file that is deployed: `abi/zk_node_registry.pbc`.
pub const PBC: &[u8] = include_bytes!("../../abi/zk_node_registry.pbc");

/// [`PBC`], taken apart.
pub fn deployed() -> PbcFile {
    PbcFile::decode(PBC).expect("invariant: the file in abi/ is a .pbc file")
}

/// What a registry is created with, and never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The contracts around it.
    pub collaborators: Collaborators,
    /// What the deployer chose.
    pub settings: Settings,
}

/// An argument of `init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name in the ABI.
    pub name: String,
    /// Its type in the ABI.
    pub type_name: String,
    /// Its value, as the official command line takes it: 42 hex digits, `true`, or a number.
    pub value: String,
}

impl Terms {
    /// Reads a settings file: an object of `collaborators` and `settings`, each in the shape that it
    /// has in a state.
    ///
    /// # Errors
    ///
    /// Those of [`json::read_terms`].
    pub fn read(text: impl Read) -> Result<Terms, ImportFailure> {
        json::read_terms(text).map(|(collaborators, settings)| Terms { collaborators, settings })
    }

    /// The terms of deployments on mainnet.
    ///
    /// Source: registry.md 3.3.
    pub fn of_deployments() -> Terms {
        let start = Start::default();
        Terms { collaborators: start.collaborators(), settings: start.settings() }
    }

    /// The RPC of `init`: `ffffffff0f`, then the arguments.
    pub fn rpc(&self) -> Vec<u8> {
        calls::create(&self.collaborators, &self.settings)
    }

    /// The arguments of `init`, in order.
    pub fn arguments(&self) -> Vec<Argument> {
        let Terms { collaborators, settings } = self;
        let values = [
            format!("{:x}", collaborators.bp_orchestration),
            format!("{:x}", collaborators.zk_contract_deploy),
            format!("{:x}", collaborators.voting),
            format!("{:x}", settings.stake_token),
            settings.require_block_producer.to_string(),
            settings.min_node_stake.to_string(),
            settings.min_total_stakes.to_string(),
        ];
        let abi = ContractAbi::decode(&deployed().abi).expect("invariant: the ABI in abi/ is one");
        let (_, init) = host::function(&abi, "init").expect("invariant: the registry has an init");
        let argument = |(named, value): (&pbc_host::Named, String)| Argument {
            name: named.name.clone(),
            type_name: abi.type_name(&named.spec),
            value,
        };
        init.arguments.iter().zip(values).map(argument).collect()
    }

    /// Asks the contract whether it can be created with these terms.
    ///
    /// # Errors
    ///
    /// The refusal of `init`: `stake_token_not_contract`, `minimum_negative`.
    pub fn check(&self) -> Result<(), Failure> {
        let nobody = |address_type| Address { address_type, identifier: [0; 20] };
        let hash = Hash { bytes: [0; 32] };
        let context = ContractContext {
            contract_address: nobody(AddressType::PublicContract),
            sender: nobody(AddressType::Account),
            block_time: 0,
            block_production_time: 0,
            current_transaction: hash.clone(),
            original_transaction: hash,
        };
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        EngineContract::create(&context, &self.rpc(), engine).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTNET: &str = include_str!("../../abi/testnet.json");

    fn testnet() -> Terms {
        Terms::read(TESTNET.as_bytes()).expect("the profile can be read")
    }

    #[test]
    fn the_terms_of_deployments_are_those_of_the_golden_vector() {
        let golden = "ffffffff0f04203b77743ad0ca831df9430a6be515195733ad91018bc1ccbb672b87710327713c\
                      97d43204905082cb04c5f00d7c6d70c3d0919fd7f81c7b9bfe1606362001615beb1c2bf57e45fc\
                      d1c4e67ef35b8735a685b101000000002cb417800000000001312d00";
        assert_eq!(hex::encode(Terms::of_deployments().rpc()), golden);
    }

    #[test]
    fn the_testnet_profile_is_accepted() {
        assert_eq!(testnet().check(), Ok(()));
    }

    #[test]
    fn the_arguments_as_text_are_the_arguments_as_bytes() {
        let abi = ContractAbi::decode(&deployed().abi).expect("an ABI");
        let (_, init) = host::function(&abi, "init").expect("there is an init");
        let texts: Vec<_> = testnet().arguments().into_iter().map(|it| it.value).collect();

        assert_eq!(texts.len(), init.arguments.len());
        assert_eq!(host::call(&abi, init, &texts), Ok(testnet().rpc()));
    }

    #[test]
    fn terms_are_refused_by_the_contract_itself() {
        let mut terms = testnet();
        terms.settings.stake_token = terms.collaborators.voting;

        let failure = terms.check().expect_err("the stake token is an account");

        assert_eq!(failure.code(), Some("stake_token_not_contract"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_place() {
        let told = |from: &str, to: &str| {
            let text = TESTNET.replacen(from, to, 1);
            Terms::read(text.as_bytes()).map_err(|failure| failure.to_string())
        };
        let table = [
            ("\"1000000\"", "\"-1\"", "import_out_of_range: settings.minNodeStake: "),
            ("false", "0", "import_malformed: settings.requireBlockProducer: "),
            ("00dd", "0dd", "import_malformed: collaborators.bpOrchestration: "),
            ("\"voting\"", "\"vote\"", "import_malformed: collaborators.vot"),
            ("\"settings\"", "\"setings\"", "import_malformed: set"),
        ];
        for (from, to, expected) in table {
            let failure = told(from, to).expect_err(to);
            assert!(failure.lines().any(|line| line.starts_with(expected)), "{to}: {failure}");
        }
    }
}
