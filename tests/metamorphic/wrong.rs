//! Engines that break one relation each: the contract, called with something else than was sent, or
//! with something done to its records.

use pbc_host::load_state;
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::ReadWriteState;
use zk_node_registry::ZkNodeTokens;
use zkreg::engine::Engine;

use crate::tape::native;

/// Where things are in the input of a call: context, root state, arguments.
///
/// Source: `pbc-formats.md` 2.2.
const SENDER: usize = 21;
const TIME: usize = 50;
const TRANSACTION: usize = 58;
const CONTEXT: usize = 122;
const ARGUMENTS: usize = CONTEXT + 121;

/// The ids of two trees.
///
/// Source: `registry.md` 3.1.
const STAKED_TOKENS: i32 = 0;
const ZK_NODES: i32 = 1;

/// What an engine does otherwise: before the call, and after it.
struct Wrong {
    right: Box<dyn Engine>,
    calls: u32,
    before: fn(&mut Wrong, Export, &mut Vec<u8>, &Trees) -> Option<Failure>,
    after: fn(Export, &Result<Vec<u8>, Failure>, &mut Trees),
}

impl Engine for Wrong {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        self.calls += 1;
        let mut input = input.to_vec();
        if let Some(failure) = (self.before)(self, export, &mut input, trees) {
            return Err(failure);
        }
        let answer = self.right.invoke(export, &input, trees);
        (self.after)(export, &answer, trees);
        answer
    }
}

fn before(
    before: fn(&mut Wrong, Export, &mut Vec<u8>, &Trees) -> Option<Failure>,
) -> Box<dyn Engine> {
    Box::new(Wrong { right: native(), calls: 0, before, after: |_, _, _| () })
}

fn after(after: fn(Export, &Result<Vec<u8>, Failure>, &mut Trees)) -> Box<dyn Engine> {
    Box::new(Wrong { right: native(), calls: 0, before: |_, _, _, _| None, after })
}

fn refused() -> Option<Failure> {
    Some(Failure::refused("nothing_free", "because"))
}

fn number(input: &[u8], at: usize) -> i64 {
    input.get(at..at + 8).and_then(|it| it.try_into().ok()).map_or(0, i64::from_be_bytes)
}

/// Against M-01.
pub(crate) fn favouring_low_addresses() -> Box<dyn Engine> {
    before(|_, export, input, _| match export {
        Export::Action(0x0a) if input[SENDER + 1] >= 0x40 => refused(),
        _ => None,
    })
}

/// Against M-02: refuses in the second half of every 2^20 ms.
pub(crate) fn knowing_the_date() -> Box<dyn Engine> {
    before(|_, export, input, _| match export {
        Export::Action(0x0a) if number(input, TIME) & 0x8_0000 != 0 => refused(),
        _ => None,
    })
}

/// Against M-03.
pub(crate) fn refusing_large_amounts() -> Box<dyn Engine> {
    before(|_, export, input, _| match export {
        Export::Action(0x0a) if number(input, ARGUMENTS) > 1_000 => refused(),
        _ => None,
    })
}

/// Against M-04: a transfer of an odd amount fails.
pub(crate) fn failing_odd_amounts() -> Box<dyn Engine> {
    before(|_, export, input, _| {
        let is_odd = input.last().is_some_and(|byte| byte % 2 == 1);
        if export == Export::Callback(0x31) && is_odd {
            input[CONTEXT] = 0;
        }
        None
    })
}

/// Against M-05: whoever is refused loses a record, some record.
pub(crate) fn writing_when_refusing() -> Box<dyn Engine> {
    after(|export, answer, trees| {
        let first = trees.next(ZK_NODES, None).map(|(key, _)| key.to_vec());
        if let (Export::Action(0x0b), Err(_), Some(key)) = (export, answer, first) {
            trees.remove(ZK_NODES, &key);
        }
    })
}

/// Against M-06.
pub(crate) fn clearing_reserves_when_sweeping() -> Box<dyn Engine> {
    after(|export, answer, trees| {
        let key = trees.last_changes().first().map(|change| change.key().to_vec());
        if let (Export::Action(0x06), Ok(_), Some(key)) = (export, answer, key)
            && let Some(tokens) = trees.get(STAKED_TOKENS, &key)
        {
            let mut tokens: ZkNodeTokens = load_state(tokens).expect("the registry wrote it");
            tokens.reserved_tokens = 0;
            let mut bytes = Vec::new();
            tokens.state_write_to(&mut bytes).expect("a vector takes all bytes");
            trees.insert(STAKED_TOKENS, &key, &bytes);
        }
    })
}

/// Against M-07, M-08 and M-12: the last status of 12 is a failure, whatever it says.
pub(crate) fn failing_the_last() -> Box<dyn Engine> {
    before(|_, export, input, _| {
        if let (Export::Action(0x12), Some(status)) = (export, input.last_mut()) {
            *status = 0;
        }
        None
    })
}

/// Against M-09: the draw depends on how many records there are.
pub(crate) fn drawing_by_all_records() -> Box<dyn Engine> {
    before(|_, _, input, trees| {
        let records = trees.len(ZK_NODES);
        if let Some(byte) = input.get_mut(TRANSACTION) {
            *byte ^= u8::try_from(records).unwrap_or(u8::MAX);
        }
        None
    })
}

/// Against M-10: an EE version from 100 on counts as none.
pub(crate) fn ignoring_high_versions() -> Box<dyn Engine> {
    before(|_, export, input, _| {
        let length = input.len();
        if export == Export::Action(0x19)
            && let Some(version) = input.get_mut(length - 4..)
            && i32::from_be_bytes([version[0], version[1], version[2], version[3]]) >= 100
        {
            version.fill(0);
        }
        None
    })
}

/// Against M-11: whoever sets a reserve loses it.
pub(crate) fn clearing_raised_reserves() -> Box<dyn Engine> {
    before(|_, export, input, _| {
        if export == Export::Action(0x13)
            && let Some(amount) = input.get_mut(ARGUMENTS..)
        {
            amount.fill(0);
        }
        None
    })
}

/// Against encoding and decoding: refuses the third call of its life.
pub(crate) fn remembering_calls() -> Box<dyn Engine> {
    before(|wrong, _, _, _| if wrong.calls == 3 { refused() } else { None })
}
