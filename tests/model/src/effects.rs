//! What an accepted call sends out: calls with callbacks (10.2), and return data (8.1).

use crate::bytes::{put_bool, put_bytes, put_count};
use crate::call::Call;
use crate::constants::{
    EXTENSION_MAX_MS, EXTENSION_MIN_MS, EXTENSION_MS_PER_GAS_NUMERATOR, GAS_CALLBACK,
    GAS_PRODUCER_INFO, GAS_TRANSFER, GAS_TRANSFER_FROM,
};
use crate::state::{Address, Model};

/// Everything that leaves the registry with an accepted call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The calls, each an event group of its own.
    pub calls: Vec<EmittedCall>,
    /// The return data of a request, in an event group of its own.
    pub return_data: Option<Vec<u8>>,
}

/// One call to another contract, and the callback that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedCall {
    /// Who is called.
    pub destination: Address,
    /// Shortname and arguments.
    pub payload: Vec<u8>,
    /// Gas; `None` is *rest*: the caller's remaining gas goes along.
    pub cost: Option<u64>,
    /// Shortname and arguments of the callback.
    pub callback: Vec<u8>,
    /// Gas for the callback.
    pub callback_cost: u64,
}

impl Effects {
    /// Exactly one call.
    pub(crate) fn of_call(
        destination: Address,
        payload: Vec<u8>,
        cost: Option<u64>,
        callback: &Call,
    ) -> Effects {
        let callback = callback.encode();
        let callback_cost = GAS_CALLBACK;
        let call = EmittedCall { destination, payload, cost, callback, callback_cost };
        Effects { calls: vec![call], return_data: None }
    }

    /// The event groups as the contract writes them, RPC-encoded; no bytes if there are none.
    ///
    /// Each group: callback payload and cost, interactions (destination, payload, from original
    /// sender, cost, cost from contract), return data. Nothing is paid by the contract.
    pub fn event_groups(&self) -> Vec<u8> {
        let groups = self.calls.len() + usize::from(self.return_data.is_some());
        let mut out = Vec::new();
        if groups == 0 {
            return out;
        }
        put_count(&mut out, groups);
        for call in &self.calls {
            put_bool(&mut out, true);
            put_bytes(&mut out, &call.callback);
            put_cost(&mut out, Some(call.callback_cost));
            put_count(&mut out, 1);
            out.extend(call.destination);
            put_bytes(&mut out, &call.payload);
            put_bool(&mut out, false);
            put_cost(&mut out, call.cost);
            put_bool(&mut out, false);
            put_bool(&mut out, false);
        }
        if let Some(return_data) = &self.return_data {
            put_bool(&mut out, false);
            put_cost(&mut out, None);
            put_count(&mut out, 0);
            put_bool(&mut out, true);
            put_bytes(&mut out, return_data);
        }
        out
    }
}

fn put_cost(out: &mut Vec<u8>, cost: Option<u64>) {
    put_bool(out, cost.is_some());
    if let Some(cost) = cost {
        out.extend(cost.to_be_bytes());
    }
}

impl Model {
    /// Row 00 of 10.2: `getProducerInfo(identity)`.
    pub(crate) fn ask_producer_info(&self, account: Address, rest_endpoint: &str) -> Effects {
        let mut payload = vec![0x09];
        payload.extend(account);
        let rest_endpoint = rest_endpoint.to_owned();
        Effects::of_call(
            self.collaborators.bp_orchestration,
            payload,
            Some(GAS_PRODUCER_INFO),
            &Call::OnProducerInfo { account, rest_endpoint },
        )
    }

    /// Row 0a, 15 of 10.2: `transfer_from(account, registry, amount)`.
    pub(crate) fn pull_tokens(&self, account: Address, registry: Address, amount: i64) -> Effects {
        let mut payload = vec![0x03];
        payload.extend(account);
        payload.extend(registry);
        payload.extend(i128::from(amount).to_be_bytes());
        let callback = Call::OnAssociated { account, amount };
        Effects::of_call(self.settings.stake_token, payload, Some(GAS_TRANSFER_FROM), &callback)
    }

    /// Row 0b, 16 of 10.2: `transfer(account, amount)`.
    pub(crate) fn send_tokens(&self, account: Address, amount: i64, cut: i64) -> Effects {
        let mut payload = vec![0x01];
        payload.extend(account);
        payload.extend(i128::from(amount).to_be_bytes());
        let callback = Call::OnDisassociated { account, amount, cut };
        Effects::of_call(self.settings.stake_token, payload, Some(GAS_TRANSFER), &callback)
    }
}

/// Row 07 of 10.2: `getComputationDeadline()`.
pub(crate) fn ask_deadline(zk_contract: Address) -> Effects {
    Effects::of_call(zk_contract, vec![0x0b], None, &Call::OnContractStatus { zk_contract })
}

/// Row 0e of 10.2: `extendZkComputationDeadline(…)` with the four numbers of 9.3.
pub(crate) fn extend_deadline(zk_contract: Address, total_stakes: i64) -> Effects {
    let mut payload = vec![0x13];
    payload.extend(EXTENSION_MS_PER_GAS_NUMERATOR.to_be_bytes());
    payload.extend(total_stakes.to_be_bytes());
    payload.extend(EXTENSION_MIN_MS.to_be_bytes());
    payload.extend(EXTENSION_MAX_MS.to_be_bytes());
    Effects::of_call(zk_contract, payload, None, &Call::OnDeadlineExtended { zk_contract })
}
