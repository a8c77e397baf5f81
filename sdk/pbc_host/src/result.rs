//! What a call gives back: the new state and the event groups.
//!
//! Source: `pbc-formats.md` 2.4, *Result buffer* and *EventGroup*.

use std::fmt;

use pbc_contract_common::address::Address;
use pbc_traits::{DecodeError, Decoder, ReadRPC, Source, WriteRPC};

const STATE_SECTION: u8 = 0x01;
const EVENTS_SECTION: u8 = 0x02;

/// The result of a call that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultBuffer {
    /// The state after the call; `None` if its type has size 0.
    pub state: Option<Vec<u8>>,
    /// What the call sent.
    pub events: Vec<Group>,
}

/// The result of a call that succeeded, its state still where the contract wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections<'a> {
    /// The state after the call; `None` if its type has size 0.
    pub state: Option<&'a [u8]>,
    /// What the call sent.
    pub events: Vec<Group>,
}

impl Sections<'_> {
    /// Reads the sections of a result, without the length in front of them.
    ///
    /// # Errors
    ///
    /// At the first byte that [`ResultBuffer::encode_sections`] would not have written, but for
    /// flags, which may be any byte.
    pub fn decode(sections: &[u8]) -> Result<Sections<'_>, ResultError> {
        let mut source = Decoder::new(sections);
        let mut result = Sections::default();
        let mut last = 0;
        while !source.rest().is_empty() {
            let id = source.byte()?;
            let length = u32::rpc_decode(&mut source)? as usize;
            let data = source.slice(length)?;
            match id {
                STATE_SECTION if last < id => result.state = Some(data),
                EVENTS_SECTION if last < id => result.events = decode_groups(data)?,
                _ => return Err(ResultError::Section(id)),
            }
            last = id;
        }
        Ok(result)
    }
}

/// Calls that are sent together, and what follows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What is to happen when all calls have ended.
    pub callback: Option<Callback>,
    /// The calls.
    pub interactions: Vec<Interaction>,
    /// What the call gives back.
    pub return_data: Option<Vec<u8>>,
}

/// What is to happen when all calls of a group have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Shortname and arguments.
    pub payload: Vec<u8>,
    /// Its gas.
    pub cost: Option<u64>,
}

/// A call to a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Whom it calls.
    pub dest: Address,
    /// Shortname and arguments; nothing tops up gas only.
    pub payload: Vec<u8>,
    /// Its gas.
    pub cost: Option<u64>,
    /// Whether the sending contract pays for it.
    pub cost_from_contract: bool,
}

/// Bytes that are not the result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultError {
    /// The length in front of the sections is not that of the sections.
    Length,
    /// A section has an id that a public contract does not write, or ids do not rise.
    Section(u8),
    /// A section without events: it should be absent.
    NoEvents,
    /// A callback's cost without a callback.
    CostWithoutCallback,
    /// A call in the name of the original sender, which the chain no longer has.
    FromOriginalSender,
    /// The bytes of a section.
    Malformed(DecodeError),
}

impl fmt::Display for ResultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultError::Length => f.write_str("the length in front is not that of what follows"),
            ResultError::Section(id) => write!(f, "section {id:#04x} is unknown or out of order"),
            ResultError::NoEvents => f.write_str("an events section without events"),
            ResultError::CostWithoutCallback => f.write_str("a cost for a callback that is absent"),
            ResultError::FromOriginalSender => f.write_str("a call from the original sender"),
            ResultError::Malformed(error) => write!(f, "{}: {error}", error.code()),
        }
    }
}

impl std::error::Error for ResultError {}

impl From<DecodeError> for ResultError {
    fn from(error: DecodeError) -> Self {
        ResultError::Malformed(error)
    }
}

impl ResultBuffer {
    /// Reads the sections of a result, without the length in front of them.
    ///
    /// # Errors
    ///
    /// Those of [`Sections::decode`].
    pub fn decode_sections(sections: &[u8]) -> Result<ResultBuffer, ResultError> {
        let Sections { state, events } = Sections::decode(sections)?;
        Ok(ResultBuffer { state: state.map(<[u8]>::to_vec), events })
    }

    /// Reads a whole result buffer.
    ///
    /// # Errors
    ///
    /// [`ResultError::Length`], then those of [`ResultBuffer::decode_sections`].
    pub fn decode(buffer: &[u8]) -> Result<ResultBuffer, ResultError> {
        let mut source = Decoder::new(buffer);
        let length = u32::rpc_decode(&mut source)? as usize;
        if length != source.rest().len() {
            return Err(ResultError::Length);
        }
        ResultBuffer::decode_sections(source.rest())
    }

    /// The sections, without the length in front of them.
    pub fn encode_sections(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        if let Some(state) = &self.state {
            put_section(&mut sections, STATE_SECTION, state);
        }
        if !self.events.is_empty() {
            put_section(&mut sections, EVENTS_SECTION, &encode_groups(&self.events));
        }
        sections
    }

    /// The whole buffer.
    pub fn encode(&self) -> Vec<u8> {
        let sections = self.encode_sections();
        let mut buffer = length(sections.len()).to_vec();
        buffer.extend(sections);
        buffer
    }
}

fn put_section(sections: &mut Vec<u8>, id: u8, data: &[u8]) {
    sections.push(id);
    sections.extend(length(data.len()));
    sections.extend(data);
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a result is smaller than 4 GiB").to_be_bytes()
}

fn decode_groups(data: &[u8]) -> Result<Vec<Group>, ResultError> {
    /// The bytes of an empty group.
    const GROUP_MIN: usize = 7;

    let mut source = Decoder::new(data);
    let count = u32::rpc_decode(&mut source)?;
    let count = source.judge_count(count, GROUP_MIN)?;
    if count == 0 {
        return Err(ResultError::NoEvents);
    }
    let groups = (0..count).map(|_| Group::decode(&mut source)).collect::<Result<_, _>>()?;
    source.finish()?;
    Ok(groups)
}

fn encode_groups(groups: &[Group]) -> Vec<u8> {
    let mut data = length(groups.len()).to_vec();
    groups.iter().for_each(|group| group.encode(&mut data));
    data
}

impl Group {
    /// Reads a group.
    fn decode(source: &mut Decoder<'_>) -> Result<Group, ResultError> {
        /// The bytes of a call without payload and cost.
        const INTERACTION_MIN: usize = 28;

        let payload = Option::<Vec<u8>>::rpc_decode(source)?;
        let cost = Option::<u64>::rpc_decode(source)?;
        let callback = match (payload, cost) {
            (Some(payload), cost) => Some(Callback { payload, cost }),
            (None, None) => None,
            (None, Some(_)) => return Err(ResultError::CostWithoutCallback),
        };
        let count = u32::rpc_decode(source)?;
        let count = source.judge_count(count, INTERACTION_MIN)?;
        let interactions =
            (0..count).map(|_| Interaction::decode(source)).collect::<Result<_, _>>()?;
        let return_data = Option::<Vec<u8>>::rpc_decode(source)?;
        Ok(Group { callback, interactions, return_data })
    }

    /// Writes the group.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        put(&self.callback.as_ref().map(|callback| callback.payload.clone()), bytes);
        put(&self.callback.as_ref().and_then(|callback| callback.cost), bytes);
        bytes.extend(length(self.interactions.len()));
        for interaction in &self.interactions {
            put(&interaction.dest, bytes);
            put(&interaction.payload, bytes);
            put(&false, bytes);
            put(&interaction.cost, bytes);
            put(&interaction.cost_from_contract, bytes);
        }
        put(&self.return_data, bytes);
    }
}

impl Interaction {
    fn decode(source: &mut Decoder<'_>) -> Result<Interaction, ResultError> {
        let dest = Address::rpc_decode(source)?;
        let payload = Vec::rpc_decode(source)?;
        if bool::rpc_decode(source)? {
            return Err(ResultError::FromOriginalSender);
        }
        let cost = Option::rpc_decode(source)?;
        let cost_from_contract = bool::rpc_decode(source)?;
        Ok(Interaction { dest, payload, cost, cost_from_contract })
    }
}

fn put<T: WriteRPC>(value: &T, bytes: &mut Vec<u8>) {
    value.rpc_write_to(bytes).expect("invariant: writing to a vector succeeds");
}
