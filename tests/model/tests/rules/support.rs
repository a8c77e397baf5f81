//! A registry to call in tests, with the addresses of section 15.

use reference_model::{
    Address, Call, CallbackOutcome, Collaborators, Context, CreateArguments, Effects, EngineStatus,
    Model, Settings, Status, TokenRecord,
};

pub(crate) const DAY: i64 = 86_400_000;

pub(crate) const N1: Address = account(0xa1);
pub(crate) const N2: Address = account(0xb2);
pub(crate) const N3: Address = account(0xc3);
pub(crate) const N4: Address = account(0xd4);
pub(crate) const N5: Address = account(0xe5);
pub(crate) const STRANGER: Address = account(0x77);
/// C of section 15, a ZK contract.
pub(crate) const C: Address = address(3, 0x11);
pub(crate) const C2: Address = address(3, 0x22);
pub(crate) const PUBLIC: Address = address(2, 0x33);
pub(crate) const REGISTRY: Address = address(2, 0xaa);
pub(crate) const TOKEN: Address = address(1, 0x5b);
pub(crate) const ORCHESTRATION: Address = address(4, 0x20);
pub(crate) const DEPLOY: Address = address(1, 0x8b);
pub(crate) const VOTING: Address = address(4, 0xc5);

pub(crate) const fn address(address_type: u8, byte: u8) -> Address {
    let mut address = [byte; 21];
    address[0] = address_type;
    address
}

pub(crate) const fn account(byte: u8) -> Address {
    address(0, byte)
}

pub(crate) const fn mpc(amount: i64) -> i64 {
    amount * 10_000
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.is_ascii() && hex.len().is_multiple_of(2), "hex has two digits for each byte");
    let digits = |place: usize| &hex[place..place + 2];
    (0..hex.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(digits(place), 16).expect("hex digits"))
        .collect()
}

/// Minimums off, no producer check.
pub(crate) fn plain_settings() -> CreateArguments {
    CreateArguments {
        collaborators: Collaborators {
            bp_orchestration: ORCHESTRATION,
            voting: VOTING,
            zk_contract_deploy: DEPLOY,
        },
        settings: Settings {
            stake_token: TOKEN,
            require_block_producer: false,
            min_node_stake: 0,
            min_total_stakes: 0,
        },
    }
}

pub(crate) fn context(now_ms: i64, sender: Address) -> Context {
    let transaction = std::array::from_fn(|place| u8::try_from(place).expect("below 32"));
    Context { sender, contract_address: REGISTRY, now_ms, transaction, callback: None }
}

pub(crate) fn callback_context(now_ms: i64, outcome: CallbackOutcome) -> Context {
    Context { callback: Some(outcome), ..context(now_ms, STRANGER) }
}

/// How a call to the stake token went: it returns nothing.
pub(crate) fn token_outcome(success: bool) -> CallbackOutcome {
    CallbackOutcome { success, results: vec![(success, Vec::new())] }
}

/// A contract's answer with return data.
pub(crate) fn answer(return_data: &[u8]) -> CallbackOutcome {
    CallbackOutcome { success: true, results: vec![(true, return_data.to_vec())] }
}

pub(crate) fn statuses(of: &[(Address, Status)]) -> Vec<EngineStatus> {
    of.iter().map(|(engine, status)| EngineStatus { engine: *engine, status: *status }).collect()
}

/// A model whose every step is judged: states, steps, and refusals that must change nothing.
pub(crate) struct Registry {
    pub(crate) model: Model,
}

impl Registry {
    pub(crate) fn new() -> Registry {
        Registry::with(&plain_settings())
    }

    pub(crate) fn with(arguments: &CreateArguments) -> Registry {
        Registry { model: Model::create(arguments).expect("settings that create accepts") }
    }

    pub(crate) fn apply(
        &mut self,
        call: &Call,
        context: &Context,
    ) -> Result<Effects, &'static str> {
        let before = self.model.clone();
        let outcome = self.model.apply(call, context);
        match &outcome {
            Err(_) => assert_eq!(self.model, before, "refused: nothing changes"),
            Ok(_) => assert_eq!(self.model.check_step(&before), Vec::<String>::new()),
        }
        outcome.map_err(|refusal| refusal.code)
    }

    pub(crate) fn call(
        &mut self,
        now: i64,
        sender: Address,
        call: Call,
    ) -> Result<Effects, &'static str> {
        let outcome = self.apply(&call, &context(now, sender));
        assert_eq!(self.model.check(), Vec::<String>::new(), "after {call:?}");
        outcome
    }

    /// Delivers the callback of the one call in `effects`.
    pub(crate) fn settle(
        &mut self,
        now: i64,
        effects: &Effects,
        outcome: CallbackOutcome,
    ) -> Result<(), &'static str> {
        let [emitted] = effects.calls.as_slice() else { panic!("one call in {effects:?}") };
        let callback = Call::decode_callback(&emitted.callback).expect("the registry's own bytes");
        let settled = self.apply(&callback, &callback_context(now, outcome));
        assert_eq!(self.model.check(), Vec::<String>::new(), "after {callback:?}");
        settled.map(|effects| assert_eq!(effects, Effects::default(), "callbacks send nothing"))
    }

    pub(crate) fn associate(&mut self, now: i64, owner: Address, units: i64) {
        let call = Call::AssociateTokens { token_amount: units };
        let effects = self.call(now, owner, call).expect("an association");
        self.settle(now, &effects, token_outcome(true)).expect("its credit");
    }

    /// Registers `owner` and credits `units`.
    pub(crate) fn node(&mut self, now: i64, owner: Address, units: i64) {
        let rest_endpoint = "https://zk.example.org".to_owned();
        self.call(now, owner, Call::RegisterAsZkNode { rest_endpoint }).expect("a registration");
        self.associate(now, owner, units);
    }

    /// A listed request of `contract` for itself (18), without a version.
    pub(crate) fn request(
        &mut self,
        now: i64,
        contract: Address,
        total_stakes: i64,
        nodes: &[Address],
    ) -> Result<Effects, &'static str> {
        let zk_nodes = nodes.to_vec();
        let call = Call::RequestSpecificNodesWithEeVersion {
            total_stakes,
            required_ee_version: 0,
            zk_nodes,
        };
        self.call(now, contract, call)
    }

    pub(crate) fn done(&mut self, now: i64, contract: Address) {
        self.call(now, contract, Call::NotifyZkComputationDoneV1).expect("a release");
    }

    pub(crate) fn reserve(&mut self, now: i64, owner: Address, units: i64) {
        let call = Call::SetReservedTokens { new_reserved: units };
        self.call(now, owner, call).expect("a reserve");
    }

    pub(crate) fn disassociate(
        &mut self,
        now: i64,
        owner: Address,
        units: i64,
    ) -> Result<Effects, &'static str> {
        self.call(now, owner, Call::DisassociateTokens { token_amount: units })
    }

    pub(crate) fn tokens(&self, owner: Address) -> &TokenRecord {
        self.model.staked_tokens.get(&owner).expect("a token record")
    }

    /// Allocated, failure, success.
    pub(crate) fn score(&self, node: Address) -> [i32; 3] {
        let score = self.model.zk_nodes[&node].score;
        [score.allocated, score.failure, score.success]
    }
}
