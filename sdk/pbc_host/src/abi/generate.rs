//! The ABI of a contract that is linked into this process.

use pbc_lib::{Export, abi};

use super::{AbiError, ContractAbi};

impl ContractAbi {
    /// The ABI of `contract`, the `module_path!()` of its root, in ordered form, as binder 10.2.0
    /// and client 5.4.0: the versions that the macros mark the contract with. For another one see
    /// [`ContractAbi::with_client`].
    ///
    /// # Errors
    ///
    /// [`AbiError::NotLinked`]; [`AbiError::Contradiction`] if two functions of one kind have the
    /// same shortname.
    pub fn generate(contract: &str) -> Result<ContractAbi, AbiError> {
        let not_linked = || AbiError::NotLinked { contract: contract.to_string() };
        let state = pbc_lib::state_type(contract).ok_or_else(not_linked)?;
        let functions = pbc_lib::entries(contract)
            .into_iter()
            .map(|entry| {
                let (kind, shortname) = match entry.export {
                    Export::Init => (1, u32::MAX),
                    Export::Action(number) => (2, number),
                    Export::Callback(number) => (3, number),
                };
                Ok(abi::Function {
                    kind,
                    name: entry.function,
                    shortname: leb(shortname),
                    arguments: entry.arguments.ok_or_else(not_linked)?,
                })
            })
            .collect::<Result<Vec<_>, AbiError>>()?;
        let bytes = abi::generate(state.spec, functions).map_err(AbiError::Contradiction)?;
        ContractAbi::decode(&bytes)
    }
}

fn leb(number: u32) -> Vec<u8> {
    pbc_contract_common::address::Shortname::from_u32(number).bytes()
}
