//! A call to the registry, from its bytes and back: by the names of the ABI, and in the words of
//! scenarios.
//!
//! Not here: what a call does, and whether anybody would refuse it.
//!
//! Source: `registry.md` 4.3 and 15, `pbc-formats.md` 2.3.

mod encode;
mod words;

use std::fmt;
use std::sync::LazyLock;

use pbc_host::{ContractAbi, Function, Simple, TypeSpec, split_rpc};
use pbc_lib::Export;
use pbc_traits::{Cause, DecodeError};

use crate::action::Action;
use crate::host;
use crate::names::Names;
use crate::problem::{Problem, quote};
use crate::quantity::Amount;
use crate::step::Origin;
use crate::transcript::words::count;
use crate::value::{Coding, Value, decode_all, encode_rpc};

pub use self::encode::{EncodeError, Encoded, encode};

/// A call, a callback, or the creation of the registry, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// What is called.
    pub export: Export,
    /// The function of the ABI.
    pub function: String,
    /// The name by which clients of the live registry call it; none for what only ours has.
    pub live: Option<String>,
    /// The arguments in order, by name.
    pub arguments: Vec<(String, Value)>,
    /// What a scenario says for it: none for callbacks and creation, for times before the start of
    /// the scenario, and for bytes that a wallet would have written otherwise.
    pub words: Option<Action>,
}

/// Bytes that are no call to the registry. Positions are those of bytes of the whole call, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeFailure {
    /// There are no bytes: a call that only brings gas.
    Empty,
    /// They do not begin with a shortname.
    Shortname(String),
    /// The registry has no such action and no such callback.
    Unknown {
        /// The number.
        shortname: u32,
        /// How many bytes it has.
        length: usize,
    },
    /// The arguments are not those of the function.
    Arguments {
        /// The function.
        function: String,
        /// The argument that is wrong; none if there are bytes after the last.
        argument: Option<String>,
        /// What is wrong, and where.
        error: DecodeError,
        /// How many bytes the call has.
        length: usize,
    },
}

/// The largest number that stands for a type of address.
///
/// Source: `pbc-formats.md` 1.5.
const LAST_ADDRESS_TYPE: u8 = 4;

/// The interface of the registry, as it is shipped in `abi/`.
pub fn abi() -> &'static ContractAbi {
    static ABI: LazyLock<ContractAbi> = LazyLock::new(|| {
        let bytes = include_bytes!("../../abi/zk_node_registry.abi");
        ContractAbi::decode(bytes).expect("invariant: the shipped ABI can be read")
    });
    &ABI
}

/// The first of the addresses with which arguments begin that has a type that there is not.
fn leading_address<'a>(
    specs: impl Iterator<Item = &'a TypeSpec>,
    arguments: &[u8],
) -> Option<DecodeError> {
    /// The bytes of an address.
    const ADDRESS: usize = 21;
    let addresses = specs.take_while(|spec| matches!(spec, TypeSpec::Simple(Simple::Address)));
    let types = arguments.iter().enumerate().step_by(ADDRESS);
    let mut leading = addresses.zip(types).map(|(_, (position, byte))| (position, *byte));
    let (position, byte) = leading.find(|(_, byte)| *byte > LAST_ADDRESS_TYPE)?;
    Some(DecodeError { position, cause: Cause::InvalidAddressType { byte } })
}

/// Takes `rpc` apart. `names` are the names of addresses in the words, `origin` is what `0d` is in
/// them.
///
/// # Errors
///
/// [`DecodeFailure`], in the order of its variants.
pub fn decode(rpc: &[u8], names: &Names, origin: Origin) -> Result<Decoded, DecodeFailure> {
    if rpc.is_empty() {
        return Err(DecodeFailure::Empty);
    }
    let (shortname, arguments) = split_rpc(rpc).map_err(|failure| {
        let text = failure.to_string();
        let cause = text.split_once(": ").map_or(text.as_str(), |(_, cause)| cause);
        DecodeFailure::Shortname(cause.to_owned())
    })?;
    let start = rpc.len() - arguments.len();
    let abi = abi();
    let Some((export, function)) = host::by_shortname(abi, shortname) else {
        return Err(DecodeFailure::Unknown { shortname, length: start });
    };
    let specs = || function.arguments.iter().map(|argument| &argument.spec);
    let values = decode_all(abi, specs(), arguments, Coding::Rpc).map_err(|error| {
        // The registry looks at types of addresses and lengths of lists before the ABI does.
        let registrys = match export {
            Export::Action(shortname) => words::action(shortname, arguments, names, origin).err(),
            Export::Init | Export::Callback(_) => {
                leading_address(specs(), arguments).filter(|it| it.position <= error.position)
            }
        };
        let error = registrys.unwrap_or(error);
        let argument = wrong_argument(abi, function, arguments, error.position);
        let error = DecodeError { position: error.position + start, ..error };
        let function = function.name.clone();
        DecodeFailure::Arguments { function, argument, error, length: rpc.len() }
    })?;

    // The ABI takes an address for any 21 bytes; the registry looks at its type.
    let mut again = rpc[..start].to_vec();
    let mut ends = Vec::new();
    let mut wrong = None;
    for (spec, value) in specs().zip(&values) {
        if let (TypeSpec::Simple(Simple::Address), Value::Bytes(bytes)) = (spec, value) {
            let byte = bytes.first().copied().filter(|byte| *byte > LAST_ADDRESS_TYPE);
            let cause = byte.map(|byte| Cause::InvalidAddressType { byte });
            wrong = wrong.or(cause.map(|cause| DecodeError { position: again.len(), cause }));
        }
        encode_rpc(abi, spec, value, &mut again);
        ends.push(again.len());
    }
    let words = match export {
        Export::Action(shortname) => words::action(shortname, arguments, names, origin),
        _ => Ok(None),
    };
    let shifted = |error: DecodeError| DecodeError { position: error.position + start, ..error };
    if let Some(error) = wrong.or(words.as_ref().err().copied().map(shifted)) {
        let index = ends.iter().position(|end| error.position < *end);
        let argument = index.and_then(|index| function.arguments.get(index));
        return Err(DecodeFailure::Arguments {
            function: function.name.clone(),
            argument: argument.map(|argument| argument.name.clone()),
            error,
            length: rpc.len(),
        });
    }
    let words = words.ok().flatten().filter(|_| again == rpc);
    let names = function.arguments.iter().map(|argument| argument.name.clone());
    Ok(Decoded {
        export,
        function: function.name.clone(),
        live: live_name(export, &function.name),
        arguments: names.zip(values).collect(),
        words,
    })
}

/// The bytes behind hex digits of either case.
///
/// # Errors
///
/// At the first character that is no hex digit, or at the end if there is an odd number of them.
pub fn unhex(digits: &str) -> Result<Vec<u8>, Problem> {
    if let Some((at, wrong)) = digits.char_indices().find(|(_, it)| !it.is_ascii_hexdigit()) {
        let message = format!("{} is no hex digit", quote(&wrong.to_string()));
        let problem = Problem::new(at..at + wrong.len_utf8(), message);
        let blank = wrong.is_whitespace();
        return Err(if blank { problem.with_remedy("write the digits in one") } else { problem });
    }
    hex::decode(digits).map_err(|_| {
        let are = if digits.len() == 1 { "is" } else { "are" };
        let digits_of = count(digits.len(), "hex digit");
        let message = format!("{digits_of} {are} no whole number of bytes");
        Problem::new(digits.len()..digits.len(), message).with_remedy("is the end cut off?")
    })
}

/// The argument at which reading fails, or which has the byte at `position`; `None` if all can be
/// read.
fn wrong_argument(
    abi: &ContractAbi,
    function: &Function,
    bytes: &[u8],
    position: usize,
) -> Option<String> {
    let reaches = |count: usize| {
        let specs = function.arguments.iter().take(count).map(|argument| &argument.spec);
        match decode_all(abi, specs, bytes, Coding::Rpc) {
            Ok(_) => true,
            Err(DecodeError { position: end, cause: Cause::TrailingBytes { .. } }) => {
                end > position
            }
            Err(_) => true,
        }
    };
    let count = (1..=function.arguments.len()).find(|count| reaches(*count))?;
    function.arguments.get(count - 1).map(|argument| argument.name.clone())
}

/// The camelCase form of what the live registry has.
///
/// Source: `registry.md` 4.1 and D-01.
fn live_name(export: Export, name: &str) -> Option<String> {
    /// From here on the numbers are ours.
    const OURS: u32 = 0x20;
    match export {
        Export::Init => Some(camel_case(name)),
        Export::Action(shortname) if shortname < OURS => Some(camel_case(name)),
        _ => None,
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

/// What a bare number means: an amount in MPC, or a date.
///
/// Source: the argument names of `registry.md` 4.3.
fn remark(argument: &str, value: &Value) -> Option<String> {
    const AMOUNTS: [&str; 7] = [
        "token_amount",
        "total_stakes",
        "new_reserved",
        "amount",
        "cut",
        "min_node_stake",
        "min_total_stakes",
    ];
    let number = match value {
        Value::Signed(number) => i64::try_from(*number).ok()?,
        Value::Option(Some(value)) => return remark(argument, value),
        _ => return None,
    };
    match argument {
        "expiration_timestamp" => Some(Origin::shown(number)),
        name if AMOUNTS.contains(&name) => Some(format!("{} MPC", Amount::from_units(number))),
        _ => None,
    }
}

/// The words, if there are any; then the function, and an argument a line. Ends with a line end.
impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(words) = &self.words {
            writeln!(f, "{words}")?;
        }
        let what = match self.export {
            Export::Init => "init ffffffff0f".to_owned(),
            Export::Action(shortname) => format!("action {shortname:02x}"),
            Export::Callback(shortname) => format!("callback {shortname:02x}"),
        };
        let live = self.live.as_ref().filter(|live| **live != self.function);
        let live = live.map(|live| format!(", live {live}")).unwrap_or_default();
        writeln!(f, "  {what}: {}{live}", self.function)?;
        let width = self.arguments.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.arguments {
            let remark = remark(name, value).map(|it| format!("  = {it}")).unwrap_or_default();
            writeln!(f, "    {name:width$}  {value}{remark}")?;
        }
        Ok(())
    }
}

impl DecodeFailure {
    /// The code with which the registry refuses these bytes; none for an empty call, which every
    /// contract accepts.
    ///
    /// Source: `registry.md` 4.5.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            DecodeFailure::Empty => None,
            DecodeFailure::Shortname(_) => Some("malformed_shortname"),
            DecodeFailure::Unknown { .. } => Some("unknown_action"),
            DecodeFailure::Arguments { error, .. } => Some(error.code()),
        }
    }

    /// The same as a problem of the hex digits of the call, two a byte.
    pub fn problem(&self) -> Problem {
        let digits = |from: usize, to: usize| 2 * from..2 * to;
        let span = match self {
            DecodeFailure::Empty => 0..0,
            DecodeFailure::Shortname(_) => digits(0, 1),
            DecodeFailure::Unknown { length, .. } => digits(0, *length),
            DecodeFailure::Arguments { error, length, .. } => match error.cause {
                Cause::InvalidLength { .. } => digits(error.position, error.position + 4),
                Cause::InvalidDiscriminant { .. }
                | Cause::InvalidUtf8 { .. }
                | Cause::InvalidAddressType { .. } => digits(error.position, error.position + 1),
                _ => digits(error.position, *length),
            },
        };
        Problem::new(span, self.to_string())
    }
}

impl fmt::Display for DecodeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeFailure::Empty => f.write_str("there are no bytes: a call that only brings gas"),
            DecodeFailure::Shortname(cause) => {
                write!(f, "malformed_shortname: the call does not begin with a shortname: {cause}")
            }
            DecodeFailure::Unknown { shortname, .. } => {
                write!(f, "unknown_action: the registry has no action or callback {shortname:02x}")
            }
            DecodeFailure::Arguments { function, argument, error, .. } => {
                let code = error.code();
                match argument {
                    Some(argument) => write!(f, "{code}: `{argument}` of {function}: {error}"),
                    None => write!(f, "{code}: after the arguments of {function}: {error}"),
                }
            }
        }
    }
}

impl std::error::Error for DecodeFailure {}

#[cfg(test)]
mod tests;
