//! Two engines that must agree, call by call.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use pbc_contract_common::context::ContractContext;
use pbc_host::leb128;
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::{Decoder, ReadRPC, Source};
use zkreg::engine::Engine;
use zkreg::image::ROOT_BYTES;
use zkreg::quantity::Moment;

/// The bytes of a context.
const CONTEXT: usize = 122;

/// Runs each call on both engines and notes where they differ; answers as the first one does. A
/// clone notes into the same place.
#[derive(Clone)]
pub struct Twins<A, B> {
    first: A,
    second: B,
    seen: Rc<RefCell<Seen>>,
}

#[derive(Default)]
struct Seen {
    calls: Vec<RawCall>,
    difference: Option<String>,
}

/// What an engine is called with, without the state.
#[derive(Clone, Debug)]
pub struct RawCall {
    export: Export,
    context: Vec<u8>,
    results: Vec<u8>,
    arguments: Vec<u8>,
}

impl<A: Engine, B: Engine> Twins<A, B> {
    /// Both, without any call so far.
    pub fn new(first: A, second: B) -> Twins<A, B> {
        Twins { first, second, seen: Rc::default() }
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.seen.borrow().calls.len()
    }

    /// How the engines differed first, if they did, with the shortest steps found that show it.
    pub fn difference(&mut self) -> Option<String> {
        let (difference, calls) = {
            let seen = self.seen.borrow();
            (seen.difference.clone()?, seen.calls.clone())
        };
        let steps = self.shrink(calls);
        Some(format!("{difference}\n\n{}", scenario(&steps)))
    }

    /// Drops calls as long as the engines still differ. The first creates the contract and stays.
    fn shrink(&mut self, mut calls: Vec<RawCall>) -> Vec<RawCall> {
        let mut size = calls.len() / 2;
        while size > 0 {
            let mut at = 1;
            while at < calls.len() {
                let mut fewer = calls.clone();
                fewer.drain(at..(at + size).min(calls.len()));
                if self.differs(&fewer) {
                    calls = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        calls
    }

    /// Whether the engines differ on these calls, each with a state of its own.
    fn differs(&mut self, calls: &[RawCall]) -> bool {
        let mut ours = (Vec::new(), Trees::new());
        let mut theirs = (Vec::new(), Trees::new());
        calls.iter().any(|call| {
            let a = run(&mut self.first, call, &mut ours);
            let b = run(&mut self.second, call, &mut theirs);
            a != b || ours != theirs
        })
    }
}

/// Runs a call on a state with its trees.
fn run(
    engine: &mut impl Engine,
    call: &RawCall,
    (state, trees): &mut (Vec<u8>, Trees),
) -> Result<Vec<u8>, Failure> {
    let input = [&call.context, &call.results, &*state, &call.arguments].map(|it| &it[..]).concat();
    let sections = engine.invoke(call.export, &input, trees)?;
    let result = pbc_host::ResultBuffer::decode_sections(&sections).expect("a well-formed result");
    *state = result.state.unwrap_or_default();
    Ok(sections)
}

impl<A: Engine, B: Engine> Engine for Twins<A, B> {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let mut others = trees.clone();
        let first = self.first.invoke(export, input, trees);
        let second = self.second.invoke(export, input, &mut others);
        let mut seen = self.seen.borrow_mut();
        if seen.difference.is_none() {
            seen.calls.push(RawCall::of(export, input));
            let (ours, theirs) = (trees.operations(), others.operations());
            seen.difference = if first != second {
                Some(format!("{export}: the answers differ:\n{first:02x?}\n{second:02x?}"))
            } else if *trees != others {
                Some(format!("{export}: the trees differ:\n{trees:?}\n{others:?}"))
            } else if ours != theirs {
                Some(format!("{export}: the tree operations differ:\n{ours:?}\n{theirs:?}"))
            } else {
                None
            };
        }
        first
    }
}

impl RawCall {
    /// Takes the input of a call of the registry apart.
    fn of(export: Export, input: &[u8]) -> RawCall {
        let (context, rest) = input.split_at(CONTEXT);
        let results = match export {
            Export::Callback(_) => results_length(rest).expect("a host wrote the results"),
            _ => 0,
        };
        let state = if export == Export::Init { 0 } else { ROOT_BYTES };
        RawCall {
            export,
            context: context.to_vec(),
            results: rest[..results].to_vec(),
            arguments: rest[results + state..].to_vec(),
        }
    }
}

/// The bytes of a callback context.
///
/// Source: `pbc-formats.md` 2.3.
fn results_length(input: &[u8]) -> Option<usize> {
    let mut source = Decoder::new(input);
    source.byte().ok()?;
    for _ in 0..u32::rpc_decode(&mut source).ok()? {
        source.byte().ok()?;
        let length = u32::rpc_decode(&mut source).ok()?;
        source.slice(length as usize).ok()?;
    }
    Some(source.position())
}

/// The calls as lines of a scenario. Callbacks cannot be typed: they are comments.
fn scenario(calls: &[RawCall]) -> String {
    let mut text = String::new();
    let mut origin = None;
    for call in calls {
        let context = ContractContext::rpc_decode(&mut Decoder::new(&call.context));
        let context = context.expect("a host wrote the context");
        let now = context.block_production_time;
        let bytes = hex::encode(&call.arguments);
        let since = now - *origin.get_or_insert(now);
        let line = match call.export {
            Export::Init => start(&call.arguments),
            Export::Action(shortname) => {
                let at = Moment::from_millis(since).map_or("0d".to_owned(), |at| at.to_string());
                let shortname = hex::encode(leb128(shortname));
                format!("{at} {:x} sends {shortname}{bytes} to registry", context.sender)
            }
            Export::Callback(_) => {
                let results = hex::encode(&call.results);
                format!("# {} with {bytes}, results {results}, {since} ms", call.export)
            }
        };
        writeln!(text, "{line}").expect("writing to a string succeeds");
    }
    text
}

/// The facts that the arguments of `init` are.
fn start(arguments: &[u8]) -> String {
    let mut source = Decoder::new(arguments);
    let mut facts = Vec::new();
    for name in ["producers", "deploy", "voting", "token"] {
        let Ok(address) = source.slice(21) else { break };
        facts.push(format!("given {name} is {}", hex::encode(address)));
    }
    facts.push(format!("# and the settings {}", hex::encode(source.rest())));
    facts.join("\n")
}
