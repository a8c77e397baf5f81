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
use crate::quantity::Moment;
use crate::step::Origin;
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
/// `start` says the addresses of names, and what `0d` is. A time may be a UTC date as well.
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
    // Bytes hold times since 1970. A date needs nothing else to count from; what is quoted is none.
    let since_1970 = |word: &str| {
        let date: Origin = word.parse().ok().filter(|_| !text.contains('"'))?;
        Moment::from_millis(date.millis()).map(|moment| moment.to_string())
    };
    let dated: Vec<(&str, Option<String>)> =
        text.split(' ').map(|word| (word, since_1970(word))).collect();
    let start = match dated.iter().any(|(_, date)| date.is_some()) {
        true => &Start { origin: 0, ..start.clone() },
        false => start,
    };
    let words: Vec<&str> =
        dated.iter().map(|(word, date)| date.as_deref().unwrap_or(word)).collect();
    let text = words.join(" ");
    let action = match parse::call(&text) {
        Ok(action) => action,
        Err(problem) => return Err(EncodeError::Words { text, problem }),
    };

    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut world = World::start(start, engine).expect("invariant: the usual settings are valid");
    let sent = calls::encode(&action, &mut world).map_err(EncodeError::Impossible)?;
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
