//! One random history, and both registries that go through it: the contract, on any engine, and
//! the reference model.

mod difference;

use pbc_contract_common::address::Address;
use pbc_host::Group;
use pbc_lib::Failure;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reference_model as model;
use zk_node_registry::Settings;
use zkreg_engine::{Engine, NativeEngine};

pub use self::difference::Difference;
use crate::mirror::{bytes, model_of};
use crate::registry::{address, producer_info};
use crate::{DAY, Registry, Rpc, bpo, deploy, node, public, stranger, token, voting, zk};

/// Operators in a history.
const OPERATORS: u16 = 7;
/// ZK contracts in a history.
const CONTRACTS: u16 = 3;

/// A callback under way.
#[derive(Clone)]
struct UnderWay {
    payload: Vec<u8>,
}

/// A history as far as it has come.
pub struct History<E = NativeEngine> {
    chance: ChaCha8Rng,
    registry: Registry<E>,
    model: model::Model,
    under_way: Vec<UnderWay>,
    /// How contract and model differed last, in a history that goes on after a difference.
    noted: Option<Option<Difference>>,
}

impl History {
    /// Creates both registries with the settings that `seed` gives.
    pub fn begin(seed: u64) -> History {
        History::on(NativeEngine::of("zk_node_registry"), seed)
    }
}

impl<E: Engine + Clone> History<E> {
    /// As [`History::begin`], with the contract run by `engine`.
    pub fn on(engine: E, seed: u64) -> History<E> {
        let mut history = History::empty(engine, seed);
        history.settle_all_in();
        history
    }

    /// As [`History::on`], for a contract that is not expected to agree: where it differs, the
    /// difference is noted, the model takes the contract's word, and the history goes on.
    pub fn doubtful(engine: E, seed: u64) -> History<E> {
        let mut history = History::empty(engine, seed);
        history.noted = Some(None);
        history.settle_all_in();
        history
    }

    /// How contract and model have differed since the last time, if the history is doubtful.
    pub fn take_difference(&mut self) -> Option<Difference> {
        self.noted.as_mut().and_then(Option::take)
    }

    fn empty(engine: E, seed: u64) -> History<E> {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let settings = Settings {
            stake_token: token(),
            require_block_producer: chance.random_ratio(1, 3),
            min_node_stake: *[0, 0, 100, 500].choose(&mut chance).expect("not empty"),
            min_total_stakes: *[0, 40].choose(&mut chance).expect("not empty"),
        };
        let registry = Registry::on(engine, settings);
        let model = model_of(&registry);
        History { chance, registry, model, under_way: Vec::new(), noted: None }
    }

    fn settle_all_in(&mut self) {
        for n in 1..=OPERATORS {
            if self.chance.random_ratio(5, 6) {
                self.settle_in(node(n)).expect("nothing is odd yet");
            }
        }
    }

    /// Most operators are there, with versions and stake, when the history begins.
    fn settle_in(&mut self, who: Address) -> Result<(), String> {
        use model::Call;
        let version = model::SemanticVersion { major: 4, minor: 10, patch: 0 };
        let jurisdiction = self.chance.random_range(0..4);
        let register = Call::RegisterAsZkNode { rest_endpoint: "https://a.example".to_owned() };
        self.send(who, &register, false)?;
        while let Some(UnderWay { payload }) = self.under_way.pop() {
            let results = vec![(true, producer_info(who, 2, jurisdiction))];
            self.deliver_one(&payload, true, results)?;
        }
        self.send(
            who,
            &Call::UpdateNodeProtocolVersion { supported_protocol_version: version },
            false,
        )?;
        self.send(who, &Call::UpdateServerJurisdiction { jurisdiction }, false)?;
        self.send(who, &Call::UpdateNodeEeVersion { supported_ee_version: 1 }, false)?;
        let token_amount = self.chance.random_range(100..1_200);
        self.send(who, &Call::AssociateTokens { token_amount }, false)?;
        while let Some(UnderWay { payload }) = self.under_way.pop() {
            self.deliver_one(&payload, true, Vec::new())?;
        }
        Ok(())
    }

    /// The contract as it is between two steps.
    pub fn registry(&self) -> &Registry<E> {
        &self.registry
    }

    /// What the model knows, which is what the contract stores.
    pub fn model(&self) -> &model::Model {
        &self.model
    }

    /// Changes the registry behind the back of both, as an import could: its clock, its records.
    pub fn edit(&mut self, change: impl FnOnce(&mut Registry<E>)) {
        change(&mut self.registry);
        self.model = model_of(&self.registry);
    }

    /// Sends this call to both registries, then delivers every callback under way, with success.
    ///
    /// # Errors
    ///
    /// As [`History::step`].
    pub fn play(&mut self, sender: Address, call: &model::Call) -> Result<String, String> {
        let (_, answer) = self.send(sender, call, false)?;
        while let Some(UnderWay { payload }) = self.under_way.pop() {
            self.deliver_one(&payload, true, Vec::new())?;
        }
        Ok(answer)
    }

    /// Does one thing in both registries. Returns what was called and what was answered.
    ///
    /// # Errors
    ///
    /// How the two differ, in words.
    pub fn step(&mut self) -> Result<(String, String), String> {
        self.move_clock();
        if !self.under_way.is_empty() && self.chance.random_ratio(2, 5) {
            self.deliver()
        } else {
            self.call()
        }
    }

    fn move_clock(&mut self) {
        let by = match self.chance.random_range(0..12) {
            0 => 1,
            1 => DAY,
            2 => 14 * DAY - 1,
            3 => 14 * DAY,
            4 => -1,
            5 => -(self.chance.random_range(0..DAY)),
            6 => self.chance.random_range(0..3 * DAY),
            _ => 0,
        };
        self.registry.now += by;
    }

    fn deliver(&mut self) -> Result<(String, String), String> {
        let place = self.chance.random_range(0..self.under_way.len());
        let callback = if self.chance.random_ratio(1, 30) {
            self.under_way[place].clone()
        } else {
            self.under_way.swap_remove(place)
        };
        let success = self.chance.random_ratio(3, 4);
        let results = self.results(&callback.payload);
        self.deliver_one(&callback.payload, success, results)
    }

    fn deliver_one(
        &mut self,
        payload: &[u8],
        success: bool,
        results: Vec<(bool, Vec<u8>)>,
    ) -> Result<(String, String), String> {
        let name = hex::encode(&payload[..1]);
        let call = model::Call::decode_callback(payload)
            .map_err(|refusal| format!("the registry bought a callback that is {refusal:?}"))?;
        let outcome = model::CallbackOutcome { success, results: results.clone() };
        let theirs = self.registry.callback_bytes(payload, success, &results);
        let expected = self.apply(&call, stranger(), Some(outcome));
        let what = format!("callback {call:?}, success {success}, results {results:02x?}");
        self.compare(name, &what, theirs, expected)
    }

    /// What the called contract returned, now and then something odd.
    fn results(&mut self, payload: &[u8]) -> Vec<(bool, Vec<u8>)> {
        let succeeded = self.chance.random();
        let data = match payload[0] {
            0x30 => {
                let account = self.operator();
                let own = Address {
                    address_type: account.address_type,
                    identifier: payload[2..22].try_into().expect("20 bytes"),
                };
                let identity = if self.chance.random_ratio(9, 10) { own } else { account };
                let jurisdiction =
                    *[0, 1, 2, 999, 1_000, -1].choose(&mut self.chance).expect("some");
                let mut data = producer_info(identity, self.chance.random(), jurisdiction);
                match self.chance.random_range(0..20) {
                    0 => data.truncate(self.chance.random_range(0..data.len())),
                    1 => data.push(0),
                    2 => data[30] = 0xff,
                    _ => {}
                }
                data
            }
            0x33 | 0x34 => {
                let end = self.registry.now + self.chance.random_range(-DAY..60 * DAY);
                let mut data = end.to_be_bytes().to_vec();
                data.truncate(if self.chance.random_ratio(9, 10) { 8 } else { 7 });
                data
            }
            _ => Vec::new(),
        };
        let mut results = vec![(succeeded, data)];
        match self.chance.random_range(0..30) {
            0 => results.clear(),
            1 => results.push((true, Vec::new())),
            _ => {}
        }
        results
    }

    fn call(&mut self) -> Result<(String, String), String> {
        let (sender, call) = self.random_call();
        let damaged = self.chance.random_ratio(1, 25);
        self.send(sender, &call, damaged)
    }

    fn send(
        &mut self,
        sender: Address,
        call: &model::Call,
        damaged: bool,
    ) -> Result<(String, String), String> {
        let mut rpc = call.encode();
        if damaged {
            self.damage(&mut rpc);
        }
        let name = rpc.first().map_or_else(String::new, |first| hex::encode([*first]));
        let theirs = if rpc.is_empty() {
            Ok(Vec::new())
        } else {
            self.registry.call(sender, &Rpc(rpc.clone()))
        };
        let expected = match model::Call::decode(&rpc) {
            Ok(call) => self.apply(&call, sender, None),
            Err(refusal) => Err(refusal),
        };
        let what = format!("{call:?} of {sender:x}, bytes {}", hex::encode(&rpc));
        let name = if damaged { "damaged".to_owned() } else { name };
        self.compare(name, &what, theirs, expected)
    }

    fn damage(&mut self, rpc: &mut Vec<u8>) {
        match self.chance.random_range(0..4) {
            0 => rpc.truncate(self.chance.random_range(0..=rpc.len())),
            1 => rpc.push(self.chance.random()),
            _ if rpc.is_empty() => {}
            2 => {
                let place = self.chance.random_range(0..rpc.len());
                rpc[place] ^= 1 << self.chance.random_range(0..8);
            }
            _ => {
                let place = self.chance.random_range(0..rpc.len());
                rpc[place] = self.chance.random();
            }
        }
    }

    fn apply(
        &mut self,
        call: &model::Call,
        sender: Address,
        callback: Option<model::CallbackOutcome>,
    ) -> Result<model::Effects, model::Refusal> {
        let mut transaction = [0; 32];
        transaction[24..].copy_from_slice(&self.registry.calls.to_be_bytes());
        let context = model::Context {
            sender: bytes(&sender),
            contract_address: bytes(&Registry::own_address()),
            now_ms: self.registry.now,
            transaction,
            callback,
        };
        self.model.apply(call, &context)
    }

    fn compare(
        &mut self,
        name: String,
        what: &str,
        theirs: Result<Vec<Group>, Failure>,
        expected: Result<model::Effects, model::Refusal>,
    ) -> Result<(String, String), String> {
        if let Ok(events) = &theirs {
            self.remember(events);
        }
        let state = model_of(&self.registry);
        let difference = Difference::between(what, (&theirs, &state), (&expected, &self.model));
        let answer = match &theirs {
            Ok(_) => "accepted".to_owned(),
            Err(Failure::Refused { code, .. }) => code.to_string(),
            Err(Failure::Trap { .. }) => "trap".to_owned(),
        };
        match (difference, &mut self.noted) {
            (None, _) => Ok((name, answer)),
            (Some(difference), None) => Err(difference.text),
            (Some(difference), Some(noted)) => {
                noted.get_or_insert(difference);
                self.model = state;
                Ok((name, answer))
            }
        }
    }

    fn remember(&mut self, events: &[Group]) {
        let callbacks = events.iter().filter_map(|group| group.callback.as_ref());
        self.under_way.extend(callbacks.map(|c| UnderWay { payload: c.payload.clone() }));
    }
}

/// The events as the contract wrote them; no bytes if there are none.
pub fn encode_groups(events: &[Group]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !events.is_empty() {
        bytes.extend(u32::try_from(events.len()).expect("few").to_be_bytes());
        events.iter().for_each(|group| group.encode(&mut bytes));
    }
    bytes
}

/// What a random call is made of.
impl<E: Engine + Clone> History<E> {
    fn operator(&mut self) -> Address {
        node(self.chance.random_range(1..=OPERATORS))
    }

    /// An operator, seldom somebody who is none.
    fn somebody(&mut self) -> Address {
        match self.chance.random_range(0..25) {
            0 => stranger(),
            1 => zk(1),
            _ => self.operator(),
        }
    }

    fn served(&mut self) -> Address {
        match self.chance.random_range(0..25) {
            0 => address(0x01, 0x77),
            1 => self.operator(),
            2..5 => public(1),
            _ => zk(self.chance.random_range(1..=CONTRACTS)),
        }
    }

    /// `who`, seldom somebody else.
    fn mostly(&mut self, who: Address) -> Address {
        match self.chance.random_range(0..20) {
            0 => self.operator(),
            1 => *[bpo(), deploy(), voting(), token()].choose(&mut self.chance).expect("some"),
            _ => who,
        }
    }

    fn amount(&mut self) -> i64 {
        match self.chance.random_range(0..40) {
            0 => 0,
            1 => -1,
            2 | 4 => i64::MAX - self.chance.random_range(0..2_000),
            3 => i64::MIN,
            _ => self.chance.random_range(1..600),
        }
    }

    fn total(&mut self) -> i64 {
        match self.chance.random_range(0..40) {
            0 => self.amount(),
            1 => 39,
            5 => self.chance.random_range(400..4_000),
            _ => self.chance.random_range(1..400),
        }
    }

    fn count(&mut self) -> i32 {
        *[1, 1, 2, 2, 2, 3, 3, 4, 5, 0, -4, 17].choose(&mut self.chance).expect("some")
    }

    fn version(&mut self) -> model::SemanticVersion {
        let major = *[4, 4, 4, 4, 4, 5, -1].choose(&mut self.chance).expect("some");
        let minor = *[9, 9, 10].choose(&mut self.chance).expect("some");
        model::SemanticVersion { major, minor, patch: self.chance.random_range(0..2) }
    }

    fn ee_version(&mut self) -> i32 {
        *[0, 0, 1, 1, 2, -1].choose(&mut self.chance).expect("some")
    }

    fn expiration(&mut self) -> i64 {
        if self.chance.random_ratio(1, 8) {
            return self.registry.now - self.chance.random_range(0..2);
        }
        let days = *[0, 1, 5, 5, 30].choose(&mut self.chance).expect("some");
        // The same times come again, so that a second association can have the first's.
        let today = self.registry.now - self.registry.now.rem_euclid(30 * DAY);
        today + 30 * DAY + days * DAY
    }

    fn endpoint(&mut self) -> String {
        match self.chance.random_range(0..12) {
            0 => String::new(),
            1 => format!("https://{}", "a".repeat(505)),
            2 => "https://a\u{1b}".to_owned(),
            3 => "http://a.example".to_owned(),
            4 => format!("https://{}", "a".repeat(504)),
            n => format!("https://{n}.example"),
        }
    }

    fn lists(&mut self, count: i32) -> Vec<Vec<i32>> {
        let lists = match self.chance.random_range(0..10) {
            0..5 => 0,
            5..7 => 1,
            7 => usize::try_from(self.chance.random_range(2..6)).expect("small"),
            _ => usize::try_from(count.clamp(0, 16)).expect("small"),
        };
        let mut list = |_| {
            let codes = self.chance.random_range(0..3);
            let code = |_| match self.chance.random_range(0..60) {
                0 => 0,
                1 => 1_000,
                _ => self.chance.random_range(1..4),
            };
            (0..codes).map(code).collect()
        };
        let mut lists: Vec<Vec<i32>> = (0..lists).map(&mut list).collect();
        match self.chance.random_range(0..150) {
            0 => lists = vec![Vec::new(); 65],
            1 => lists = vec![vec![1; 257]],
            _ => {}
        }
        lists
    }

    fn listed(&mut self) -> Vec<model::Address> {
        let count = *[1, 1, 2, 2, 3, 4].choose(&mut self.chance).expect("some");
        let mut pool: Vec<Address> = (1..=OPERATORS).map(node).collect();
        if self.chance.random_ratio(1, 12) {
            pool.push(stranger());
        }
        let mut nodes: Vec<_> = pool.choose_multiple(&mut self.chance, count).map(bytes).collect();
        match self.chance.random_range(0..60) {
            0 => nodes.clear(),
            1 => nodes.push(nodes[0]),
            2 => nodes = vec![bytes(&node(1)); 65],
            3 => nodes = (1..=17).map(|n| bytes(&node(n))).collect(),
            _ => {}
        }
        nodes
    }

    fn statuses(&mut self, holder: &Address) -> Vec<model::EngineStatus> {
        let engines = self.model.computations.get(&bytes(holder)).map(|c| c.nodes.clone());
        let mut engines = engines.unwrap_or_default();
        match self.chance.random_range(0..24) {
            0 => engines.push(bytes(&self.operator())),
            1 => drop(engines.pop()),
            2 if !engines.is_empty() => engines.push(engines[0]),
            3 => engines.reverse(),
            4 if self.chance.random_ratio(1, 4) => engines = vec![bytes(&stranger()); 65],
            _ => {}
        }
        let status = |engine| {
            let success = self.chance.random_ratio(2, 3);
            let status = if success { model::Status::Success } else { model::Status::Failure };
            model::EngineStatus { engine, status }
        };
        engines.into_iter().map(status).collect()
    }

    fn holder(&mut self) -> Address {
        let holders: Vec<_> = self.model.computations.keys().copied().collect();
        match holders.choose(&mut self.chance) {
            Some(holder) if self.chance.random_ratio(4, 5) => Address {
                address_type: if holder[0] == 3 { zk(1) } else { public(1) }.address_type,
                identifier: holder[1..].try_into().expect("20 bytes"),
            },
            _ => self.served(),
        }
    }

    fn random_call(&mut self) -> (Address, model::Call) {
        use model::Call;
        match self.chance.random_range(0..100) {
            0..6 => (self.somebody(), Call::RegisterAsZkNode { rest_endpoint: self.endpoint() }),
            6..8 => {
                (self.somebody(), Call::UpdateNodeRestEndpoint { rest_endpoint: self.endpoint() })
            }
            8..12 => {
                let supported_protocol_version = self.version();
                (self.somebody(), Call::UpdateNodeProtocolVersion { supported_protocol_version })
            }
            12..15 => {
                let codes = [1, 1, 2, 2, 3, 0, -5, 1_000];
                let jurisdiction = *codes.choose(&mut self.chance).expect("some");
                (self.somebody(), Call::UpdateServerJurisdiction { jurisdiction })
            }
            15..18 => {
                let supported_ee_version = self.ee_version();
                (self.somebody(), Call::UpdateNodeEeVersion { supported_ee_version })
            }
            18..20 => (self.somebody(), Call::ResignAsZkNode),
            20 if self.chance.random_ratio(1, 3) => {
                let (sender, address) = (self.mostly(voting()), bytes(&self.somebody()));
                (sender, Call::DisableZkNode { address })
            }
            20..33 => (self.somebody(), Call::AssociateTokens { token_amount: self.amount() }),
            33..36 => {
                let sender = self.somebody();
                let stored = self.model.staked_tokens.get(&bytes(&sender));
                let stored = stored.and_then(|tokens| tokens.expiration);
                let expiration_timestamp = match stored {
                    Some(stored) if self.chance.random_ratio(2, 3) => stored,
                    _ => self.expiration(),
                };
                let token_amount = self.amount();
                let call =
                    Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp };
                (sender, call)
            }
            36..42 => (self.somebody(), Call::DisassociateTokens { token_amount: self.amount() }),
            42..46 => {
                let new_reserved = self.amount() / 2;
                (self.somebody(), Call::SetReservedTokens { new_reserved })
            }
            46..48 => (self.somebody(), Call::UnlockExpiredStakes),
            48..51 => {
                let set = self.chance.random_ratio(1, 2);
                let expiration_timestamp = set.then(|| self.expiration());
                (self.somebody(), Call::SetExpirationForAssociation { expiration_timestamp })
            }
            51..54 => {
                let account = bytes(&self.somebody());
                let call = Call::DisassociateAllExpiredStakesFromContract { account };
                (self.somebody(), call)
            }
            54..58 => {
                let (zk_contract, number_of_nodes) = (bytes(&self.served()), self.count());
                let total_stakes = self.total();
                let call = Call::RequestZkComputationNodesV1 {
                    zk_contract,
                    number_of_nodes,
                    total_stakes,
                };
                (self.mostly(deploy()), call)
            }
            58..63 => {
                let (zk_contract, number_of_nodes) = (bytes(&self.served()), self.count());
                let call = Call::RequestZkComputationNodesV2 {
                    zk_contract,
                    number_of_nodes,
                    total_stakes: self.total(),
                    jurisdictions: self.lists(number_of_nodes),
                    required_protocol_version: self.version(),
                };
                (self.mostly(deploy()), call)
            }
            63..68 => {
                let call = Call::RequestSpecificNodesWithProtocolVersion {
                    zk_contract: bytes(&self.served()),
                    total_stakes: self.total(),
                    required_protocol_version: self.version(),
                    zk_nodes: self.listed(),
                };
                (self.mostly(deploy()), call)
            }
            68..73 => {
                let call = Call::RequestSpecificNodesWithEeVersion {
                    total_stakes: self.total(),
                    required_ee_version: self.ee_version(),
                    zk_nodes: self.listed(),
                };
                (self.served(), call)
            }
            73..78 => {
                let number_of_nodes = self.count();
                let call = Call::RequestZkComputationNodesWithEeVersion {
                    number_of_nodes,
                    total_stakes: self.total(),
                    jurisdictions: self.lists(number_of_nodes),
                    required_ee_version: self.ee_version(),
                };
                (self.served(), call)
            }
            78..84 => self.random_re_request(),
            84..86 => (self.holder(), Call::NotifyZkComputationDoneV1),
            86..92 => {
                let holder = self.holder();
                let engines_status = self.statuses(&holder);
                (holder, Call::NotifyZkComputationDoneV2 { engines_status })
            }
            92..94 => {
                let zk_contract = bytes(&self.holder());
                (self.mostly(deploy()), Call::NotifyContractDeleted { zk_contract })
            }
            94..97 => {
                let zk_contract = bytes(&self.holder());
                (self.somebody(), Call::CheckContractStatus { zk_contract })
            }
            _ => {
                let contract_address = bytes(&self.holder());
                (self.somebody(), Call::ExtendZkComputationDeadline { contract_address })
            }
        }
    }

    fn random_re_request(&mut self) -> (Address, model::Call) {
        let holder = self.holder();
        let specific = self.chance.random_ratio(1, 2);
        let specific_nodes = if specific { self.listed() } else { Vec::new() };
        let listed = i32::try_from(specific_nodes.len()).expect("short");
        let fits = specific && self.chance.random_ratio(9, 10);
        let number_of_nodes = if fits { listed } else { self.count() };
        let call = model::Call::ReRequestZkComputationNodes {
            engines_status: self.statuses(&holder),
            number_of_nodes,
            total_stakes: self.total(),
            jurisdictions: self.lists(number_of_nodes),
            required_ee_version: self.ee_version(),
            specific_nodes,
        };
        (holder, call)
    }
}
