//! BP orchestration: who produces blocks, with which keys, and where.
//!
//! Call: `getProducerInfo` (09), which fails for anyone who produces no blocks (assumption A-1).
//!
//! Source: `registry.md` 10.3.

use std::collections::BTreeMap;
use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_host::Group;
use pbc_lib::Failure;
use pbc_traits::WriteRPC;

use super::{Arguments, refused, unknown};
use crate::chain::{Call, Neighbour};
use crate::names::bytes_of;

const GET_PRODUCER_INFO: u32 = 0x09;

/// The block producers.
#[derive(Clone, Debug, Default)]
pub struct Producers {
    /// Shared by the branches of a chain until one of them changes it.
    records: Rc<BTreeMap<Address, Producer>>,
    /// What is returned in place of every record.
    answer: Option<Vec<u8>>,
}

/// What BP orchestration knows of one block producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// Its name.
    pub name: String,
    /// Its website.
    pub website: String,
    /// Where it lives.
    pub address: String,
    /// The key with which it signs.
    pub public_key: [u8; 33],
    /// The key with which it produces blocks.
    pub bls_public_key: [u8; 96],
    /// ISO 3166-1 numeric code of where the company is.
    pub entity_jurisdiction: i32,
    /// ISO 3166-1 numeric code of where the server is.
    pub server_jurisdiction: i32,
}

impl Producer {
    /// A producer named `name` with keys made up from its account.
    pub fn made_up(account: &Address, name: &str, jurisdiction: i32) -> Producer {
        let identifier = &account.identifier;
        let mut public_key = [0x02; 33];
        public_key[1..21].copy_from_slice(identifier);
        let mut bls_public_key = [0x80; 96];
        bls_public_key[..20].copy_from_slice(identifier);
        Producer {
            name: name.to_owned(),
            website: String::new(),
            address: String::new(),
            public_key,
            bls_public_key,
            entity_jurisdiction: jurisdiction,
            server_jurisdiction: jurisdiction,
        }
    }

    /// The record of `account`, as `getProducerInfo` returns it.
    pub fn record(&self, account: &Address) -> Vec<u8> {
        let mut record = bytes_of(account).to_vec();
        for text in [&self.name, &self.website, &self.address] {
            text.rpc_write_to(&mut record).expect("invariant: a vector takes all bytes");
        }
        record.extend(self.public_key);
        record.extend(self.bls_public_key);
        record.extend(self.entity_jurisdiction.to_be_bytes());
        record.extend(self.server_jurisdiction.to_be_bytes());
        record
    }
}

impl Producers {
    /// The record of `account`, if it produces blocks.
    pub fn get(&self, account: &Address) -> Option<&Producer> {
        self.records.get(account)
    }

    /// Makes `account` a block producer, or changes its record.
    pub fn set(&mut self, account: Address, producer: Producer) {
        Rc::make_mut(&mut self.records).insert(account, producer);
    }

    /// Makes `account` an account that produces no blocks.
    pub fn remove(&mut self, account: &Address) {
        Rc::make_mut(&mut self.records).remove(account);
    }

    /// Returns these bytes in place of every record from now on; `None` ends that.
    pub fn answer_with(&mut self, answer: Option<Vec<u8>>) {
        self.answer = answer;
    }
}

impl Neighbour for Producers {
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure> {
        let (shortname, mut arguments) = Arguments::of(call)?;
        if shortname != GET_PRODUCER_INFO {
            return Err(unknown(shortname));
        }
        let account = arguments.next::<Address>()?;
        arguments.end()?;
        let record = match self.get(&account) {
            Some(producer) => self.answer.clone().unwrap_or_else(|| producer.record(&account)),
            None => {
                return Err(refused(
                    "not_a_block_producer",
                    format!("{account:x} produces no blocks"),
                ));
            }
        };
        Ok(vec![Group { return_data: Some(record), ..Group::default() }])
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::address_of;

    fn address(name: &str) -> Address {
        address_of(&name.parse().expect("a name"))
    }

    fn ask(producers: &mut Producers, account: &str) -> Result<Vec<Group>, Failure> {
        let mut rpc = vec![0x09];
        rpc.extend(bytes_of(&address(account)));
        producers.call(&Call {
            contract: address("producers"),
            sender: address("registry"),
            now: 0,
            gas: None,
            rpc: &rpc,
        })
    }

    #[test]
    fn a_producer_is_answered_with_its_record() {
        let mut producers = Producers::default();
        let n1 = address("n1");
        producers.set(n1, Producer::made_up(&n1, "n1", 208));

        let groups = ask(&mut producers, "n1").expect("a record");

        let record = groups[0].return_data.as_ref().expect("return data");
        assert_eq!(record.len(), 21 + (4 + 2) + 4 + 4 + 33 + 96 + 4 + 4);
        let read = zk_node_registry::wire::read_producer_info(record, &n1).expect("readable");
        assert_eq!(read.server_jurisdiction, 208);
    }

    #[test]
    fn who_produces_no_blocks_is_refused() {
        let refused = ask(&mut Producers::default(), "n1");

        assert!(
            matches!(&refused, Err(Failure::Refused { code, .. }) if code == "not_a_block_producer"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_changed_branch_leaves_the_other_alone() {
        let mut producers = Producers::default();
        producers.set(address("n1"), Producer::made_up(&address("n1"), "n1", 208));
        let mut branch = producers.clone();

        branch.remove(&address("n1"));

        assert!(producers.get(&address("n1")).is_some());
        assert!(branch.get(&address("n1")).is_none());
    }
}
