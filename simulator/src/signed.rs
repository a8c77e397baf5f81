//! A signed transaction, as a wallet sends it to the chain: who signed it, for what, and the hash by
//! which contracts know it.
//!
//! ```text
//! signature 65 | nonce 8 | valid to 8 | gas 8 | contract 21 | length 4, rpc
//! hash       = SHA-256(all after the signature, length 4 and name of the chain)
//! identifier = SHA-256(hash, signature)
//! ```
//!
//! Integers are big-endian. The signature is a recovery id, then `r` and `s` of ECDSA on secp256k1
//! over the hash: it gives the public key, and this the account. With another name of the chain it
//! gives the account of nobody, so a sender that is known besides tells whether the name is right.
//!
//! Source: `pbc-formats.md` 4.4 and `signed-transaction.json`.

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use pbc_contract_common::address::{Address, AddressType};
use pbc_traits::{DecodeError, Decoder, ReadRPC, Source};
use sha2::{Digest, Sha256};

use crate::chain::TransactionHash;

/// The name of the main chain.
///
/// Source: `pbc-formats.md` 4.4.
pub const MAINNET: &str = "Partisia Blockchain";

/// The bytes of a signature.
const SIGNATURE: usize = 65;

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// Recovery id, `r` and `s`.
    signature: [u8; SIGNATURE],
    /// What is signed, besides the name of the chain.
    signed: Vec<u8>,
    /// How many transactions the account had sent before.
    pub nonce: i64,
    /// Until when the chain takes it, in milliseconds since 1970.
    pub valid_to: i64,
    /// The gas that it brings.
    pub gas: i64,
    /// The contract that is called.
    pub contract: Address,
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
}

impl SignedTransaction {
    /// Takes the bytes of a transaction apart. The signature is not looked at.
    ///
    /// # Errors
    ///
    /// At the first byte that does not fit, or that is left over.
    pub fn decode(bytes: &[u8]) -> Result<SignedTransaction, DecodeError> {
        let mut source = Decoder::new(bytes);
        let signature = source.array()?;
        let signed = source.rest().to_vec();
        let nonce = i64::rpc_decode(&mut source)?;
        let valid_to = i64::rpc_decode(&mut source)?;
        let gas = i64::rpc_decode(&mut source)?;
        let contract = Address::rpc_decode(&mut source)?;
        let rpc = Vec::<u8>::rpc_decode(&mut source)?;
        source.finish()?;
        Ok(SignedTransaction { signature, signed, nonce, valid_to, gas, contract, rpc })
    }

    /// What the signature is about, on the chain of this name.
    pub fn hash(&self, chain: &str) -> [u8; 32] {
        let length = u32::try_from(chain.len()).expect("invariant: the name of a chain is short");
        let hash = Sha256::new().chain_update(&self.signed);
        hash.chain_update(length.to_be_bytes()).chain_update(chain).finalize().into()
    }

    /// The hash by which contracts know the transaction, on the chain of this name.
    pub fn identifier(&self, chain: &str) -> TransactionHash {
        Sha256::new().chain_update(self.hash(chain)).chain_update(self.signature).finalize().into()
    }

    /// The account that has signed the transaction, on the chain of this name; none if the signature
    /// is not one.
    pub fn sender(&self, chain: &str) -> Option<Address> {
        let (recovery, numbers) = self.signature.split_first()?;
        let signature = Signature::from_slice(numbers).ok()?;
        let recovery = RecoveryId::from_byte(*recovery)?;
        // Wallets write either of the two `s` that fit; the library takes the lower, whose point has
        // the other sign.
        let (signature, recovery) = match signature.normalize_s() {
            Some(lower) => (lower, RecoveryId::new(!recovery.is_y_odd(), recovery.is_x_reduced())),
            None => (signature, recovery),
        };
        let hash = self.hash(chain);
        let key = VerifyingKey::recover_from_prehash(&hash, &signature, recovery).ok()?;
        let digest: [u8; 32] = Sha256::digest(key.to_encoded_point(false).as_bytes()).into();
        let mut identifier = [0; 20];
        identifier.copy_from_slice(&digest[12..]);
        Some(Address { address_type: AddressType::Account, identifier })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transaction whose bytes say what they should, with a signature of zeros.
    fn unsigned() -> Vec<u8> {
        let mut bytes = vec![0; SIGNATURE];
        for number in [5_i64, 1_700_000_000_000, 10_000] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.push(2);
        bytes.extend([0x11; 20]);
        bytes.extend([0, 0, 0, 1, 0x06]);
        bytes
    }

    #[test]
    fn a_transaction_that_ends_early_or_late_is_refused_at_the_place() {
        let bytes = unsigned();
        assert_eq!(SignedTransaction::decode(&bytes).expect("it is whole").rpc, [0x06]);

        for end in 0..bytes.len() {
            let error = SignedTransaction::decode(&bytes[..end]).expect_err("it is cut off");
            assert!(error.position <= end, "{end}: {error}");
        }
        let error = SignedTransaction::decode(&[bytes.as_slice(), &[0]].concat());
        assert_eq!(error.expect_err("a byte is left over").position, bytes.len());
    }

    #[test]
    fn a_signature_that_is_none_has_no_sender() {
        let transaction = SignedTransaction::decode(&unsigned()).expect("it is whole");
        assert_eq!(transaction.sender(MAINNET), None);
    }
}
