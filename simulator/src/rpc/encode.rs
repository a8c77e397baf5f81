//! From words, or from the names of the ABI, to bytes.

use std::collections::BTreeMap;
use std::fmt;

use pbc_contract_common::address::Address;

use super::{abi, camel_case};
use crate::engine::NativeEngine;
use crate::host::{self, ArgumentError};
use crate::name::{Kind, Name};
use crate::parse;
use crate::problem::Problem;
use crate::step::Step;
use crate::world::{BadStep, Start, World, calls};

/// The bytes of a call, and to whom they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
    /// The contract that is called, if it is not the registry.
    pub to: Option<Address>,
    /// Names in the call that stand for addresses which scenarios make up, and these.
    pub made_up: Vec<(Name, Address)>,
    /// Gas that the words ask for: it travels beside the bytes.
    pub gas: Option<u64>,
}

/// A text that is no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// There is none.
    Nothing,
    /// A function of the ABI, with arguments that do not fit.
    Arguments(ArgumentError),
    /// Words that are none of an action; the span is one of `text`.
    Words {
        /// The words with a blank between them.
        text: String,
        /// What is wrong.
        problem: Problem,
    },
    /// The action cannot be written as bytes.
    Impossible(BadStep),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Nothing => f.write_str("there are no words"),
            EncodeError::Arguments(error) => write!(f, "{error}"),
            EncodeError::Words { problem, .. } => write!(f, "{problem}"),
            EncodeError::Impossible(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// The bytes of the call that `words` say: an action as in a scenario, or a function of the ABI, in
/// either of its spellings, with one word for each argument.
///
/// `start` says the addresses of names, and what `0d` is.
///
/// # Errors
///
/// [`EncodeError`], in the order of its variants.
pub fn encode(words: &[String], start: &Start) -> Result<Encoded, EncodeError> {
    let Some((first, arguments)) = words.split_first() else { return Err(EncodeError::Nothing) };
    let abi = abi();
    let called = |name: &str| name == first || camel_case(name) == *first;
    let function = abi.functions.iter().find(|function| called(&function.name));
    // No word of the language has an underscore or a capital letter in it.
    let verb = first.split_whitespace().next().unwrap_or_default();
    let is_of_abi = verb.contains('_') || verb.contains(|it: char| it.is_ascii_uppercase());
    if function.is_some() || is_of_abi {
        let name = function.map_or(first.as_str(), |function| function.name.as_str());
        let function = host::function(abi, name).map(|(_, function)| function);
        let rpc = function.and_then(|function| host::call(abi, function, arguments));
        let rpc = rpc.map_err(EncodeError::Arguments)?;
        return Ok(Encoded { rpc, to: None, made_up: Vec::new(), gas: None });
    }
    encode_words(&words.join(" "), start)
}

fn encode_words(text: &str, start: &Start) -> Result<Encoded, EncodeError> {
    /// Somebody who says it at some time: neither is part of the bytes.
    const SAID: &str = "0d caller ";
    let words_error = |mut problem: Problem| {
        let within = |at: usize| at.saturating_sub(SAID.len()).min(text.len());
        problem.span = within(problem.span.start)..within(problem.span.end);
        EncodeError::Words { text: text.to_owned(), problem }
    };
    let (step, _) = parse::line(&format!("{SAID}{text}")).map_err(words_error)?;
    let Some(Step::Call(call)) = step else { return Err(EncodeError::Nothing) };
    if call.refused.is_some() {
        let at = text.find("=>").unwrap_or_default();
        let problem = Problem::new(at..text.len(), "the answer is no part of a call");
        return Err(EncodeError::Words { text: text.to_owned(), problem });
    }

    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut world = World::start(start, engine).expect("invariant: the usual settings are valid");
    let sent = calls::encode(&call.action, &mut world).map_err(EncodeError::Impossible)?;
    let made_up = |word: &str| {
        let name: Name = word.parse().ok()?;
        let is_made_up = match name.kind() {
            Kind::Account | Kind::System | Kind::Public | Kind::Zk | Kind::Registry => true,
            Kind::Token | Kind::Deploy | Kind::Voting | Kind::Producers | Kind::Address(_) => false,
        };
        let address = is_made_up.then(|| world.address(&name))?;
        let is_told = start.addresses.contains_key(&name);
        let digits = hex::encode(crate::names::bytes_of(&address));
        let is_in_it = hex::encode(&sent.rpc).contains(&digits);
        (!is_told && is_in_it).then_some((name, address))
    };
    // The registry is named by no word of `approve`.
    let made_up: BTreeMap<Name, Address> =
        text.split_whitespace().chain(["registry"]).filter_map(made_up).collect();
    let made_up = made_up.into_iter().collect();
    let to = (sent.to != world.registry_address()).then_some(sent.to);
    Ok(Encoded { rpc: sent.rpc, to, made_up, gas: sent.gas })
}
