//! Calls whose bytes are no call.

use pbc_contract_common::address::Address;
use rand::Rng;

use crate::call::Call;
use crate::fuzz::generate::Pen;

impl Pen<'_> {
    /// No call of the registry.
    pub(super) fn unknown(&mut self, code: &str) -> (Address, Vec<u8>) {
        let sender = self.account();
        let rpc = match code {
            "malformed_shortname" => match self.chance.random_range(0..4) {
                0 => vec![0x80],
                1 => vec![0x8a, 0x00],
                2 => vec![0xff, 0xff, 0xff, 0xff, 0x1f],
                _ => vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
            },
            _ => {
                let known = [0x02, 0x03, 0x09, 0x0f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x21, 0x7f];
                let mut rpc = match self.chance.random_range(0..8) {
                    0 => vec![0xff, 0xff, 0xff, 0xff, 0x0f],
                    1 => vec![0x8a, 0x01],
                    _ => vec![self.one_of(&known)],
                };
                let more = self.chance.random_range(0..30);
                rpc.extend((0..more).map(|_| self.chance.random::<u8>()));
                rpc
            }
        };
        (sender, rpc)
    }

    /// A call whose bytes are wrong in this way.
    pub(super) fn undecodable(&mut self, action: u8, code: &str) -> Option<(Address, Vec<u8>)> {
        let (sender, call) = self.sensible(action).or_else(|| self.anything(action))?;
        let mut rpc = call.encode();
        let places = Places::of(&call);
        match code {
            "truncated" => {
                // A count is judged before its elements: cut it, or what stands before it.
                let end = places.count.map_or(rpc.len(), |count| count + 4).min(rpc.len());
                rpc.truncate(self.chance.random_range(1..end.max(2)));
            }
            "trailing_bytes" => {
                let more = self.chance.random_range(1..9);
                rpc.extend((0..more).map(|_| self.chance.random::<u8>()));
            }
            "invalid_length" => {
                let count = places.count?;
                let left = u32::try_from(rpc.len() - count - 4).ok()?;
                let length = match self.chance.random_range(0..4) {
                    0 => u32::MAX,
                    1 => 0x8000_0000,
                    2 => 0x7fff_ffff,
                    _ => left + 1,
                };
                rpc[count..count + 4].copy_from_slice(&length.to_be_bytes());
            }
            "invalid_utf8" => *rpc.get_mut(places.text?)? = self.one_of(&[0x80, 0xff, 0xc0]),
            "invalid_address_type" => {
                *rpc.get_mut(places.address?)? = self.chance.random_range(5..=255);
            }
            _ => *rpc.get_mut(places.status?)? = self.chance.random_range(2..=255),
        }
        Some((sender, rpc))
    }
}

/// Where in its bytes a call has what can be wrong; the first of each.
#[derive(Default)]
struct Places {
    /// The count of a text or list.
    count: Option<usize>,
    /// A byte of a text.
    text: Option<usize>,
    /// The type of an address.
    address: Option<usize>,
    /// A status.
    status: Option<usize>,
}

impl Places {
    fn of(call: &Call) -> Places {
        /// The bytes of an address.
        const ADDRESS: usize = 21;
        match call {
            Call::RegisterAsZkNode { .. } | Call::UpdateNodeRestEndpoint { .. } => {
                Places { count: Some(1), text: Some(5), ..Places::default() }
            }
            Call::DisableZkNode { .. }
            | Call::DisassociateAllExpiredStakes { .. }
            | Call::RequestNodesV1 { .. }
            | Call::ContractDeleted { .. }
            | Call::CheckContractStatus { .. }
            | Call::ExtendDeadline { .. } => Places { address: Some(1), ..Places::default() },
            Call::RequestNodesV2 { .. } => {
                Places { count: Some(1 + ADDRESS + 4 + 8), address: Some(1), ..Places::default() }
            }
            Call::RequestListedFor { .. } => {
                Places { count: Some(1 + ADDRESS + 8 + 12), address: Some(1), ..Places::default() }
            }
            Call::RequestListed { .. } => {
                Places { count: Some(13), address: Some(17), ..Places::default() }
            }
            Call::RequestNodes { .. } => Places { count: Some(13), ..Places::default() },
            Call::ReRequest { .. } | Call::DoneV2 { .. } => Places {
                count: Some(1),
                address: Some(5),
                status: Some(5 + ADDRESS),
                ..Places::default()
            },
            _ => Places::default(),
        }
    }
}
