//! Engines that break one relation each: the contract, called with something else than was sent, or
//! with something done to its records or its answer.

mod answers;
mod calls;

use pbc_lib::{Export, Failure, Trees};
use zkreg::call::Call;
use zkreg::engine::Engine;

use crate::tape::native;

pub(crate) use self::answers::*;
pub(crate) use self::calls::*;

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

type Output = Result<Vec<u8>, Failure>;

/// The contract, with something else done than to call it.
struct Wrong<F> {
    right: Box<dyn Engine>,
    calls: u32,
    answer: F,
}

/// A call on its way to the contract.
struct Passing<'a> {
    right: &'a mut dyn Engine,
    export: Export,
    input: Vec<u8>,
    trees: &'a mut Trees,
    /// How many calls the engine has had, this one included.
    calls: u32,
}

fn wrong(answer: impl Fn(&mut Passing<'_>) -> Output + 'static) -> Box<dyn Engine> {
    Box::new(Wrong { right: native(), calls: 0, answer })
}

impl<F: Fn(&mut Passing<'_>) -> Output> Engine for Wrong<F> {
    fn invoke(&mut self, export: Export, input: &[u8], trees: &mut Trees) -> Output {
        self.calls += 1;
        let (right, calls) = (&mut *self.right, self.calls);
        (self.answer)(&mut Passing { right, export, input: input.to_vec(), trees, calls })
    }
}

impl Passing<'_> {
    /// Calls the contract.
    fn invoke(&mut self) -> Output {
        self.right.invoke(self.export, &self.input, self.trees)
    }

    /// The call, if it is an action that can be read.
    fn call(&self) -> Option<Call> {
        let Export::Action(shortname) = self.export else { return None };
        let mut rpc = vec![u8::try_from(shortname).ok()?];
        rpc.extend_from_slice(self.input.get(ARGUMENTS..)?);
        Call::decode(&rpc)
    }

    /// Puts another call of the same action in its place.
    fn put(&mut self, call: &Call) {
        self.input.truncate(ARGUMENTS);
        self.input.extend_from_slice(&call.encode()[1..]);
    }

    /// The time of the block.
    fn now(&self) -> i64 {
        let bytes = self.input[TIME..].first_chunk().expect("a time");
        i64::from_be_bytes(*bytes)
    }
}

fn refused() -> Output {
    Err(Failure::refused("nothing_free", "because"))
}
