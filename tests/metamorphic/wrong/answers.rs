//! Engines that do something to the records of the contract, or to its answer, after the call.

use pbc_host::{Interaction, ResultBuffer, load_state};
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::ReadWriteState;
use zk_node_registry::{ZkNode, ZkNodeTokens};
use zkreg::engine::Engine;

use super::{Passing, STAKED_TOKENS, ZK_NODES, wrong};

/// Sends something else when `action` is called.
fn sending(
    action: u32,
    change: impl Fn(&Passing<'_>, &mut Interaction) + 'static,
) -> Box<dyn Engine> {
    wrong(move |passing| {
        let sections = passing.invoke()?;
        if passing.export != Export::Action(action) {
            return Ok(sections);
        }
        let mut result = ResultBuffer::decode_sections(&sections).expect("the registry wrote it");
        let calls = result.events.iter_mut().flat_map(|group| &mut group.interactions);
        calls.for_each(|call| change(passing, call));
        Ok(result.encode_sections())
    })
}

/// Sends more tokens home than it should.
fn paying_more(by: fn(&Passing<'_>) -> u128) -> Box<dyn Engine> {
    sending(0x0b, move |passing, call| {
        let amount = call.payload.last_chunk_mut::<16>().expect("a transfer has an amount");
        *amount = (u128::from_be_bytes(*amount) + by(passing)).to_be_bytes();
    })
}

/// Against M-02.
pub(crate) fn paying_by_the_date() -> Box<dyn Engine> {
    paying_more(|it| u128::from(it.now() % 2 == 0))
}

/// Against M-03.
pub(crate) fn paying_a_unit_more() -> Box<dyn Engine> {
    paying_more(|_| 1)
}

/// Against M-03.
pub(crate) fn extending_for_a_unit_less() -> Box<dyn Engine> {
    sending(0x0e, |_, call| {
        let total = call.payload[9..].first_chunk_mut::<8>().expect("an order has four numbers");
        *total = (i64::from_be_bytes(*total) - 1).to_be_bytes();
    })
}

/// Against M-05, M-06, and encoding and decoding.
pub(crate) fn paying_by_the_number_of_calls() -> Box<dyn Engine> {
    paying_more(|it| u128::from(it.calls))
}

/// Against M-09.
pub(crate) fn paying_by_all_nodes() -> Box<dyn Engine> {
    paying_more(|it| it.trees.len(ZK_NODES) as u128)
}

/// Against M-05: when somebody is refused, some node is disabled.
pub(crate) fn writing_when_refusing() -> Box<dyn Engine> {
    wrong(|passing| {
        let output = passing.invoke();
        let first = passing.trees.next(ZK_NODES, None).map(|(key, _)| key.to_vec());
        if let (Export::Action(0x0b), Err(_), Some(key)) = (passing.export, &output, first) {
            rewrite(passing.trees, ZK_NODES, &key, |node: &mut ZkNode| node.is_disabled = true);
        }
        output
    })
}

/// Against M-06.
pub(crate) fn clearing_reserves_when_sweeping() -> Box<dyn Engine> {
    wrong(|passing| {
        let output = passing.invoke();
        let key = passing.trees.last_changes().first().map(|change| change.key().to_vec());
        if let (Export::Action(0x06), Ok(_), Some(key)) = (passing.export, &output, key) {
            let clear = |tokens: &mut ZkNodeTokens| tokens.reserved_tokens = 0;
            rewrite(passing.trees, STAKED_TOKENS, &key, clear);
        }
        output
    })
}

/// Changes a record, if it is there.
fn rewrite<T: ReadWriteState>(trees: &mut Trees, tree: i32, key: &[u8], change: impl Fn(&mut T)) {
    let Some(bytes) = trees.get(tree, key) else { return };
    let mut record = load_state(bytes).expect("the registry wrote it");
    change(&mut record);
    let mut bytes = Vec::new();
    record.state_write_to(&mut bytes).expect("a vector takes all bytes");
    trees.insert(tree, key, &bytes);
}

/// Against M-08: what a status list lacks is told otherwise if the last status is a failure.
pub(crate) fn blaming_by_the_last() -> Box<dyn Engine> {
    wrong(|passing| {
        let output = passing.invoke();
        let is_missing = |it: &Failure| it.code() == Some("status_node_missing");
        if passing.export == Export::Action(0x12)
            && passing.input.last() == Some(&0)
            && output.as_ref().is_err_and(is_missing)
        {
            return Err(Failure::refused("status_node_foreign", "because"));
        }
        output
    })
}
