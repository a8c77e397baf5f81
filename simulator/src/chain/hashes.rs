//! The hashes that contracts see as those of transactions.
//!
//! They are SHA-256 over what identifies a transaction or event, integers big-endian:
//!
//! | what | bytes |
//! |---|---|
//! | deployment, transaction | `00`, time 8, sender 21, contract 21, RPC |
//! | interaction of a contract's own accord | `01`, time 8, sender 21, contract 21, RPC |
//! | an equal one in the same millisecond | `02`, hash of the first 32, its number 4, from 1 |
//! | event of a group | `03`, hash of the event that sent it 32, group 4, interaction 4, from 0 |
//! | callback of a group | the same with `ffffffff` for the interaction |
//!
//! No hash depends on what else happens on the chain, so calls can be inserted into a history and
//! taken out of it, and the others keep theirs.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use sha2::{Digest, Sha256};

use super::Kind;
use crate::names::bytes_of;

/// The hash of a transaction or event.
pub type TransactionHash = [u8; 32];

const TRANSACTION: u8 = 0x00;
const OWN_ACCORD: u8 = 0x01;
const REPEATED: u8 = 0x02;
const EVENT: u8 = 0x03;
const CALLBACK: u32 = u32::MAX;

/// How often each transaction has been sent in this millisecond.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    sent: BTreeMap<TransactionHash, u32>,
}

impl Repeats {
    /// Starts a new millisecond.
    pub(crate) fn clear(&mut self) {
        self.sent.clear();
    }

    /// The hash of the call that `from` sends to `to` at `now`.
    pub(crate) fn hash(
        &mut self,
        kind: &Kind,
        now: i64,
        from: &Address,
        to: &Address,
        rpc: &[u8],
    ) -> TransactionHash {
        let tag = if *kind == Kind::Interaction { OWN_ACCORD } else { TRANSACTION };
        let first: TransactionHash = Sha256::new()
            .chain_update([tag])
            .chain_update(now.to_be_bytes())
            .chain_update(bytes_of(from))
            .chain_update(bytes_of(to))
            .chain_update(rpc)
            .finalize()
            .into();
        let number = self.sent.entry(first).and_modify(|number| *number += 1).or_insert(0);
        match *number {
            0 => first,
            number => Sha256::new()
                .chain_update([REPEATED])
                .chain_update(first)
                .chain_update(number.to_be_bytes())
                .finalize()
                .into(),
        }
    }
}

/// The hash of interaction number `interaction` of a group, or of its callback.
pub(crate) fn event(
    sent_by: &TransactionHash,
    group: usize,
    interaction: Option<usize>,
) -> TransactionHash {
    let number = |index: usize| u32::try_from(index).expect("invariant: a count has 32 bits");
    Sha256::new()
        .chain_update([EVENT])
        .chain_update(sent_by)
        .chain_update(number(group).to_be_bytes())
        .chain_update(interaction.map_or(CALLBACK, number).to_be_bytes())
        .finalize()
        .into()
}
