//! Relations about bytes: names, and the state written down and read again.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::Group;
use pbc_lib::Trees;
use zkreg::chain::{CallResult, EngineContract, Results};
use zkreg::invariants::{Delivery, Registry};
use zkreg::json::{ImportOptions, Layout, export_to_string, import};
use zkreg::names::bytes_of;

use crate::tape::{Make, Tape, image, map_sent, same, same_answers};

/// New names for accounts, in the same order.
struct Renaming(BTreeMap<[u8; 21], [u8; 21]>);

impl Renaming {
    fn of(tape: &Tape) -> Renaming {
        let accounts: BTreeSet<[u8; 21]> = tape
            .deliveries
            .iter()
            .map(|delivery| delivery.sender)
            .filter(|sender| sender.address_type == AddressType::Account)
            .map(|sender| bytes_of(&sender))
            .collect();
        let new = |number: usize| {
            let mut bytes = [0x5a; 21];
            bytes[0] = 0;
            bytes[1] = u8::try_from(number + 1).expect("few accounts") * 3;
            bytes
        };
        let accounts = accounts.into_iter().enumerate();
        Renaming(accounts.map(|(number, account)| (account, new(number))).collect())
    }

    /// The bytes with every name in them replaced.
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut renamed = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let name = rest.first_chunk::<21>().and_then(|name| self.0.get(name));
            match name {
                Some(name) => {
                    renamed.extend_from_slice(name);
                    rest = &rest[21..];
                }
                None => {
                    renamed.push(*first);
                    rest = &rest[1..];
                }
            }
        }
        renamed
    }

    fn of_delivery(&self, delivery: &Delivery) -> Delivery {
        let sender = bytes_of(&delivery.sender);
        let sender = self.0.get(&sender).map_or(delivery.sender, |bytes| Address {
            address_type: AddressType::Account,
            identifier: bytes[1..].try_into().expect("20 bytes"),
        });
        let callback = delivery.callback.as_ref().map(|told| Results {
            success: told.success,
            results: told
                .results
                .iter()
                .map(|it| CallResult {
                    succeeded: it.succeeded,
                    return_data: self.apply(&it.return_data),
                })
                .collect(),
        });
        Delivery { sender, callback, rpc: self.apply(&delivery.rpc), ..delivery.clone() }
    }

    /// The contracts that are called keep their names.
    fn of_group(&self, group: &mut Group) {
        let payloads = group.interactions.iter_mut().map(|it| &mut it.payload);
        let payloads = payloads.chain(group.callback.as_mut().map(|it| &mut it.payload));
        for bytes in payloads.chain(&mut group.return_data) {
            *bytes = self.apply(bytes);
        }
    }

    fn of_trees(&self, trees: &Trees) -> Trees {
        rebuilt(trees, |bytes| self.apply(bytes))
    }
}

/// The trees made anew from their entries, each changed by `change`.
fn rebuilt(trees: &Trees, change: impl Fn(&[u8]) -> Vec<u8>) -> Trees {
    let mut again = Trees::new();
    for tree in trees.ids() {
        let id = again.create();
        for (key, value) in trees.iter(tree) {
            again.insert(id, &change(key), &change(value));
        }
    }
    again
}

/// M-01: with other names, in the same order, everything is the same under those names.
pub(crate) fn renamed(tape: &Tape, make: Make) -> Result<usize, String> {
    let names = Renaming::of(tape);
    let renamed = Tape {
        trees: names.of_trees(&tape.trees),
        deliveries: tape.deliveries.iter().map(|it| names.of_delivery(it)).collect(),
        ..tape.clone()
    };
    let (answers, registry) = tape.run(make);
    let (others, other) = renamed.run(make);
    let answers = map_sent(&answers, |group| names.of_group(group));
    same_answers(tape, &answers, &others)?;
    let trees = names.of_trees(Registry::trees(&registry));
    same("state", &trees, Registry::trees(&other))?;
    Ok(usize::from(!names.0.is_empty()))
}

/// Between any two calls the state can be written down, and a registry that reads it goes on alike:
/// entry by entry, as an image, and now and then as a JSON export.
pub(crate) fn restored(tape: &Tape, make: Make) -> Result<usize, String> {
    let (answers, registry) = tape.run(make);
    let mut other = tape.begin(make);
    let mut others = Vec::new();
    for (index, delivery) in tape.deliveries.iter().enumerate() {
        let (root, trees) = (other.root().to_vec(), Registry::trees(&other).clone());
        let (root, trees) = match index % 8 {
            0 => through_json(&root, &trees)?,
            1..4 => image(&root, &trees)?.store(),
            _ => (root, rebuilt(&trees, <[u8]>::to_vec)),
        };
        other = EngineContract::restore(root, trees, make());
        others.push(other.deliver(delivery));
    }
    same_answers(tape, &answers, &others)?;
    same("root", registry.root(), other.root())?;
    same("trees", Registry::trees(&registry), Registry::trees(&other))?;
    Ok(1)
}

fn through_json(root: &[u8], trees: &Trees) -> Result<(Vec<u8>, Trees), String> {
    let text = export_to_string(&image(root, trees)?, Layout::Compact);
    let imported = import(text.as_bytes(), &ImportOptions::default());
    Ok(imported.map_err(|error| format!("{error:?}"))?.image.store())
}
