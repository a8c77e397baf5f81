//! The rows *Requests* of 4.3, and sections 8.1 and 8.2.

use crate::bytes::{put_bool, put_bytes, put_count};
use crate::call::{Call, Context};
use crate::checks;
use crate::constants::COMPUTATION_PERIOD_MS;
use crate::draw::draw;
use crate::effects::Effects;
use crate::eligibility::{RequiredVersion, Wanted};
use crate::refusal::{Refusal, refuse, require};
use crate::state::{Address, Computation, Model, units};

/// A request whose arguments have been checked.
pub(crate) struct Request {
    contract: Address,
    total_stakes: i64,
    share: i64,
    /// What each slot wants; as many as nodes are asked for.
    pub(crate) slots: Vec<Wanted>,
    /// Node `i` for slot `i`; empty for a draw.
    pub(crate) listed: Vec<Address>,
    /// The end date of the computation that 1b replaces.
    old_end: Option<i64>,
}

impl Request {
    fn new(
        contract: Address,
        k: usize,
        total_stakes: i64,
        lists: &[Vec<i32>],
        version: RequiredVersion,
    ) -> Request {
        // 8.1, step 2: the share is rounded up.
        let places = i128::try_from(k).expect("at most 16");
        let share = units((i128::from(total_stakes) + places - 1) / places);
        let slots = (0..k)
            .map(|slot| {
                let jurisdictions = match lists {
                    [] => Vec::new(),
                    [only] => only.clone(),
                    several => several[slot].clone(),
                };
                Wanted { share, version, jurisdictions }
            })
            .collect();
        Request { contract, total_stakes, share, slots, listed: Vec::new(), old_end: None }
    }
}

impl Model {
    /// The six requests: check, choose the engines, allocate.
    pub(crate) fn request(&mut self, call: &Call, context: &Context) -> Result<Effects, Refusal> {
        let (state, request) = self.prepare(call, context)?;
        *self = state;
        let engines = if request.listed.is_empty() {
            self.drawn_engines(&request, context)?
        } else {
            self.listed_engines(&request, context.now_ms)?
        };
        Ok(self.allocate(&request, &engines, context.now_ms))
    }

    /// The checks of 4.3 that come before *eligibility* and `not_enough_nodes`. With the request
    /// comes the state that it meets: for 1b the one after the release.
    ///
    /// Any other call is an unknown action here.
    pub(crate) fn prepare(
        &self,
        call: &Call,
        context: &Context,
    ) -> Result<(Model, Request), Refusal> {
        match call {
            Call::RequestZkComputationNodesV1 { zk_contract, number_of_nodes, total_stakes } => {
                self.sender_is_deploy(&context.sender)?;
                checks::serves(zk_contract)?;
                let k = checks::node_count(i128::from(*number_of_nodes))?;
                self.stakes(*total_stakes)?;
                self.has_no_computation(zk_contract)?;

                let version = RequiredVersion::Any;
                let request = Request::new(*zk_contract, k, *total_stakes, &[], version);
                Ok((self.clone(), request))
            }
            Call::RequestZkComputationNodesV2 {
                zk_contract,
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_protocol_version,
            } => {
                self.sender_is_deploy(&context.sender)?;
                checks::jurisdictions_length(jurisdictions)?;
                checks::serves(zk_contract)?;
                let k = checks::node_count(i128::from(*number_of_nodes))?;
                self.stakes(*total_stakes)?;
                checks::jurisdictions(jurisdictions, k)?;
                checks::protocol_version(required_protocol_version)?;
                self.has_no_computation(zk_contract)?;

                let version = RequiredVersion::Protocol(*required_protocol_version);
                let request = Request::new(*zk_contract, k, *total_stakes, jurisdictions, version);
                Ok((self.clone(), request))
            }
            Call::RequestSpecificNodesWithProtocolVersion {
                zk_contract,
                total_stakes,
                required_protocol_version,
                zk_nodes,
            } => {
                self.sender_is_deploy(&context.sender)?;
                checks::list_length(zk_nodes)?;
                checks::serves(zk_contract)?;
                self.stakes(*total_stakes)?;
                checks::protocol_version(required_protocol_version)?;
                let k = checks::node_count(length(zk_nodes))?;
                checks::distinct(zk_nodes)?;
                self.has_no_computation(zk_contract)?;

                let version = RequiredVersion::Protocol(*required_protocol_version);
                let request = Request::new(*zk_contract, k, *total_stakes, &[], version);
                Ok((self.clone(), Request { listed: zk_nodes.clone(), ..request }))
            }
            Call::RequestSpecificNodesWithEeVersion {
                total_stakes,
                required_ee_version,
                zk_nodes,
            } => {
                let sender = context.sender;
                checks::serves(&sender)?;
                checks::list_length(zk_nodes)?;
                self.stakes(*total_stakes)?;
                checks::ee_version(*required_ee_version)?;
                let k = checks::node_count(length(zk_nodes))?;
                checks::distinct(zk_nodes)?;
                self.has_no_computation(&sender)?;

                let version = RequiredVersion::Ee(*required_ee_version);
                let request = Request::new(sender, k, *total_stakes, &[], version);
                Ok((self.clone(), Request { listed: zk_nodes.clone(), ..request }))
            }
            Call::RequestZkComputationNodesWithEeVersion {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
            } => {
                let sender = context.sender;
                checks::serves(&sender)?;
                checks::jurisdictions_length(jurisdictions)?;
                let k = checks::node_count(i128::from(*number_of_nodes))?;
                self.stakes(*total_stakes)?;
                checks::jurisdictions(jurisdictions, k)?;
                checks::ee_version(*required_ee_version)?;
                self.has_no_computation(&sender)?;

                let version = RequiredVersion::Ee(*required_ee_version);
                let request = Request::new(sender, k, *total_stakes, jurisdictions, version);
                Ok((self.clone(), request))
            }
            Call::ReRequestZkComputationNodes {
                engines_status,
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                specific_nodes,
            } => {
                let sender = context.sender;
                let old = self.computation_of(&sender)?;
                checks::list_length(engines_status)?;
                checks::jurisdictions_length(jurisdictions)?;
                checks::list_length(specific_nodes)?;
                let k = checks::node_count(i128::from(*number_of_nodes))?;
                self.stakes(*total_stakes)?;
                checks::jurisdictions(jurisdictions, k)?;
                checks::ee_version(*required_ee_version)?;
                let counts_match = specific_nodes.is_empty() || specific_nodes.len() == k;
                require(counts_match, "node_count_mismatch")?;
                checks::distinct(specific_nodes)?;
                checks::statuses(engines_status, old)?;

                let version = RequiredVersion::Ee(*required_ee_version);
                let request = Request::new(sender, k, *total_stakes, jurisdictions, version);
                let (listed, old_end) = (specific_nodes.clone(), old.allocation_end);
                let mut after_release = self.clone();
                after_release.release(&sender, engines_status, context.now_ms);
                Ok((after_release, Request { listed, old_end, ..request }))
            }
            _ => refuse("unknown_action"),
        }
    }

    /// 8.1, step 3, for a list: *eligibility*, node by node in list order.
    fn listed_engines(&self, request: &Request, now: i64) -> Result<Vec<Address>, Refusal> {
        for (node, wanted) in request.listed.iter().zip(&request.slots) {
            if let Err(code) = self.eligibility(node, wanted, now) {
                return refuse(code);
            }
        }
        Ok(request.listed.clone())
    }

    /// 8.1, step 3, otherwise: the draw of 7.3.
    fn drawn_engines(&self, request: &Request, context: &Context) -> Result<Vec<Address>, Refusal> {
        let accepts: Vec<Vec<bool>> = self
            .roster
            .iter()
            .map(|node| {
                let accepted = |wanted| self.eligibility(node, wanted, context.now_ms).is_ok();
                request.slots.iter().map(accepted).collect()
            })
            .collect();
        let k = request.slots.len();
        let drawn = draw(&context.transaction, &request.contract, k, &accepts);
        let engines: Option<Vec<Address>> =
            drawn.slots.iter().map(|slot| slot.map(|position| self.roster[position])).collect();
        match engines {
            Some(engines) => Ok(engines),
            None => refuse("not_enough_nodes"),
        }
    }

    /// 8.1, steps 4 to 6; 8.2 for the end date.
    fn allocate(&mut self, request: &Request, engines: &[Address], now: i64) -> Effects {
        for engine in engines {
            let mut record = self.touched(engine, now).expect("an eligible node has tokens");
            record.free = units(i128::from(record.free) - i128::from(request.share));
            record.allocated.insert(request.contract, request.share);
            self.store(engine, record);
        }
        let new_end = now.saturating_add(COMPUTATION_PERIOD_MS);
        let end = request.old_end.map_or(new_end, |old_end| old_end.max(new_end));
        let computation = Computation {
            nodes: engines.to_vec(),
            share: request.share,
            total_stakes: request.total_stakes,
            allocation_end: Some(end),
        };
        self.computations.insert(request.contract, computation);
        Effects { calls: Vec::new(), return_data: Some(self.engine_information(engines)) }
    }

    /// `Vec<EngineInformation>`: identity, key, endpoint.
    fn engine_information(&self, engines: &[Address]) -> Vec<u8> {
        let mut out = Vec::new();
        put_count(&mut out, engines.len());
        for engine in engines {
            let node = &self.zk_nodes[engine];
            out.extend(node.identity);
            put_bool(&mut out, node.public_key.is_some());
            if let Some(key) = node.public_key {
                out.extend(key);
            }
            put_bytes(&mut out, node.rest_endpoint.as_bytes());
        }
        out
    }
}

fn length(nodes: &[Address]) -> i128 {
    i128::try_from(nodes.len()).expect("a length")
}
