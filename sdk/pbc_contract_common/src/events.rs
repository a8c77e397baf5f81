//! What a hook sends: calls to other contracts, a callback for their results, and return data.
//!
//! Source: `pbc-formats.md` 1.7 and 2.4.

use pbc_traits::derive::written;
use pbc_traits::WriteRPC;
use read_write_rpc_derive::WriteRPC;

use crate::address::{Address, Shortname, ShortnameCallback};

/// An amount of gas.
pub type GasCost = u64;

/// Calls that are sent together, with what is to happen when all of them have ended.
#[derive(WriteRPC, Debug, Default)]
pub struct EventGroup {
    callback_payload: Option<Vec<u8>>,
    callback_cost: Option<GasCost>,
    interactions: Vec<Interaction>,
    return_data: Option<Vec<u8>>,
}

/// A call to a contract.
#[derive(WriteRPC, Debug)]
struct Interaction {
    dest: Address,
    /// Shortname and arguments; nothing for a ping.
    payload: Vec<u8>,
    /// Always false: the published interface has no other use for it.
    from_original_sender: bool,
    cost: Option<GasCost>,
    cost_from_contract: bool,
}

/// Data that a call gives back.
#[derive(Debug)]
pub struct ReturnData {
    data: Vec<u8>,
}

impl ReturnData {
    /// The bytes, in the format of calls.
    pub fn data(self) -> Vec<u8> {
        self.data
    }
}

impl EventGroup {
    /// Starts an event group.
    pub fn builder() -> EventGroupBuilder {
        EventGroupBuilder { group: EventGroup::default() }
    }

    /// The data to give back.
    pub fn return_data(self) -> Option<ReturnData> {
        self.return_data.map(|data| ReturnData { data })
    }
}

/// An event group in the making.
#[derive(Debug)]
#[must_use = "an event group has no effect until it is built and returned"]
pub struct EventGroupBuilder {
    group: EventGroup,
}

impl EventGroupBuilder {
    /// Starts a call to `dest`. It is added by [`InteractionBuilder::done`].
    pub fn call(&mut self, dest: Address, shortname: Shortname) -> InteractionBuilder<'_> {
        let interaction = Interaction {
            dest,
            payload: bytes_of(&shortname),
            from_original_sender: false,
            cost: None,
            cost_from_contract: false,
        };
        InteractionBuilder { interaction, group: &mut self.group }
    }

    /// Adds an empty call to `dest`: it tops up the contract's gas and calls nothing.
    pub fn ping(&mut self, dest: Address, cost: Option<GasCost>) {
        self.group.interactions.push(Interaction {
            dest,
            payload: Vec::new(),
            from_original_sender: false,
            cost,
            cost_from_contract: false,
        });
    }

    /// Starts the callback for the results, added by [`CallbackBuilder::done`] in place of one
    /// that is there.
    pub fn with_callback(&mut self, shortname: ShortnameCallback) -> CallbackBuilder<'_> {
        CallbackBuilder {
            payload: bytes_of(&shortname.shortname),
            cost: None,
            group: &mut self.group,
        }
    }

    /// Sets the data to give back, in place of what is there.
    pub fn return_data<T: WriteRPC>(&mut self, v: T) {
        self.group.return_data = Some(bytes_of(&v));
    }

    /// Completes the group. Panics if it has a callback but no call, or a callback and return
    /// data.
    pub fn build(self) -> EventGroup {
        let group = self.group;
        if group.callback_payload.is_some() {
            assert!(!group.interactions.is_empty(), "a callback needs a call to wait for");
            assert!(group.return_data.is_none(), "a group has a callback or return data, not both");
        }
        group
    }
}

/// A call in the making.
#[must_use = "a call has no effect until `done`"]
pub struct InteractionBuilder<'a> {
    interaction: Interaction,
    group: &'a mut EventGroup,
}

impl InteractionBuilder<'_> {
    /// Appends an argument.
    pub fn argument<T: WriteRPC>(mut self, v: T) -> Self {
        append(&v, &mut self.interaction.payload);
        self
    }

    /// Sets the gas of the call, in place of what is there.
    pub fn with_cost(mut self, cost: GasCost) -> Self {
        self.interaction.cost = Some(cost);
        self
    }

    /// Sets the gas of the call, in place of what is there, and lets this contract pay for it.
    pub fn with_cost_from_contract(mut self, cost: GasCost) -> Self {
        self.interaction.cost_from_contract = true;
        self.with_cost(cost)
    }

    /// Adds the call to the group.
    pub fn done(self) {
        self.group.interactions.push(self.interaction);
    }

    /// Always panics.
    #[deprecated = "the chain no longer sends calls in the name of the original sender"]
    pub fn from_original_sender(self) -> Self {
        panic!("the chain no longer sends calls in the name of the original sender")
    }
}

/// A callback in the making.
#[must_use = "a callback has no effect until `done`"]
pub struct CallbackBuilder<'a> {
    payload: Vec<u8>,
    cost: Option<GasCost>,
    group: &'a mut EventGroup,
}

impl CallbackBuilder<'_> {
    /// Appends an argument.
    pub fn argument<T: WriteRPC>(mut self, v: T) -> Self {
        append(&v, &mut self.payload);
        self
    }

    /// Sets the gas of the callback, in place of what is there.
    pub fn with_cost(mut self, cost: GasCost) -> Self {
        self.cost = Some(cost);
        self
    }

    /// Makes it the callback of the group.
    pub fn done(self) {
        self.group.callback_payload = Some(self.payload);
        self.group.callback_cost = self.cost;
    }
}

fn bytes_of<T: WriteRPC>(value: &T) -> Vec<u8> {
    // Room for the arguments of a usual call.
    let mut bytes = Vec::with_capacity(64);
    append(value, &mut bytes);
    bytes
}

fn append<T: WriteRPC>(value: &T, bytes: &mut Vec<u8>) {
    written(value.rpc_write_to(bytes));
}
