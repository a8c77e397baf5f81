//! The contract, its state and its trees, and what comes back from each call.

use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::context::{ContractContext, ExecutionResult};
use pbc_host::{Group, ResultBuffer, encode_callback_context, encode_context, split_rpc};
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::{ReadRPC, ReadWriteState, WriteRPC};
use zk_node_registry::{Computation, EngineInformation, Settings, ZkNode, ZkNodeTokens};
use zkreg_engine::{Engine, NativeEngine, Records};

use crate::calls::{self, Rpc, rpc};

/// One day, in milliseconds.
pub const DAY: i64 = 86_400_000;

/// Whole MPC in units of 1/10,000.
pub const fn mpc(whole: i64) -> i64 {
    whole * 10_000
}

/// The address of a type whose other 20 bytes are all `n`.
pub fn address(address_type: u8, n: u8) -> Address {
    let mut bytes = [n; 21];
    bytes[0] = address_type;
    Address::rpc_read_from(&mut bytes.as_slice())
}

/// The operator N`n`, an account.
pub fn node(n: u16) -> Address {
    let mut identifier = [0; 20];
    identifier[18..].copy_from_slice(&n.to_be_bytes());
    Address { address_type: AddressType::Account, identifier }
}

/// The ZK contract Z`n`.
pub fn zk(n: u16) -> Address {
    Address { address_type: AddressType::ZkContract, ..node(n) }
}

/// The public contract P`n`.
pub fn public(n: u16) -> Address {
    Address { address_type: AddressType::PublicContract, ..node(n) }
}

/// X, an account without any role.
pub fn stranger() -> Address {
    address(0x00, 0xee)
}

/// The collaborator that deploys ZK contracts.
pub fn deploy() -> Address {
    address(0x01, 0xd0)
}

/// The collaborator that knows the block producers.
pub fn bpo() -> Address {
    address(0x04, 0xb0)
}

/// The collaborator that bans nodes.
pub fn voting() -> Address {
    address(0x04, 0xc0)
}

/// The stake token.
pub fn token() -> Address {
    address(0x01, 0xa0)
}

/// A registry between two calls, run by an engine. A clone is a branch.
#[derive(Clone)]
pub struct Registry<E = NativeEngine> {
    engine: E,
    /// The root state.
    pub state: Vec<u8>,
    /// The records.
    pub trees: Trees,
    /// The block production time of the next call, in milliseconds.
    pub now: i64,
    /// The number of its block, which is no time.
    pub height: i64,
    /// Whom callbacks see as their sender: whoever started the chain of events.
    pub starter: Address,
    /// The number of calls so far, from which each gets the hash of its transaction.
    pub calls: u64,
}

impl Registry {
    /// A new registry without minimums, at which anyone can register.
    pub fn new() -> Registry {
        Registry::with(Settings {
            stake_token: token(),
            require_block_producer: false,
            min_node_stake: 0,
            min_total_stakes: 0,
        })
    }

    /// A new registry with the settings of deployments.
    pub fn deployed() -> Registry {
        Registry::with(Settings {
            stake_token: token(),
            require_block_producer: true,
            min_node_stake: 750_000_000,
            min_total_stakes: 20_000_000,
        })
    }

    /// A new registry with these settings.
    pub fn with(settings: Settings) -> Registry {
        Registry::on(NativeEngine::of("zk_node_registry"), settings)
    }

    /// A registry without minimums and with nodes N1 to N`count`: registered, of protocol version
    /// 4.10.0 and EE version 3, with `stake` free units each.
    pub fn with_nodes(count: u16, stake: i64) -> Registry {
        let mut registry = Registry::new();
        for n in 1..=count {
            registry.enrol(node(n));
            registry.stake(node(n), stake);
        }
        registry
    }

    /// Its own address.
    pub fn own_address() -> Address {
        address(0x02, 0xaa)
    }
}

impl<E: Engine + Clone> Registry<E> {
    /// A new registry with these settings, run by `engine`.
    pub fn on(engine: E, settings: Settings) -> Registry<E> {
        let Settings { stake_token, require_block_producer, min_node_stake, min_total_stakes } =
            settings;
        let mut registry = Registry {
            engine,
            state: Vec::new(),
            trees: Trees::new(),
            now: 1_700_000_000_000,
            height: 7,
            starter: stranger(),
            calls: 0,
        };
        let create = Rpc(Vec::new())
            .arg(bpo())
            .arg(deploy())
            .arg(voting())
            .arg(stake_token)
            .arg(require_block_producer)
            .arg(min_node_stake)
            .arg(min_total_stakes);
        registry.invoke(Export::Init, stranger(), &[], &create.0).expect("settings are valid");
        registry
    }

    /// Registers `who`, where no block producer is required, and reports its versions.
    pub fn enrol(&mut self, who: Address) {
        self.accept(who, calls::register(&format!("https://{who:x}.example")));
        self.accept(who, calls::protocol_version((4, 10, 0)));
        self.accept(who, calls::ee_version(3));
    }

    /// Associates `amount` units of `who`, transfer included.
    pub fn stake(&mut self, who: Address, amount: i64) {
        let events = self.accept(who, calls::associate(amount));
        self.settle(&events, true);
    }

    /// Draws nodes for `served` by 19, for any EE version; returns the engines.
    pub fn draw(&mut self, served: Address, nodes: i32, total: i64) -> Vec<Address> {
        engines(&self.accept(served, calls::request_ee(nodes, total, &[], 0)))
    }

    /// Takes the listed nodes for `served` by 18, of any EE version.
    #[track_caller]
    pub fn take(&mut self, served: Address, total: i64, nodes: &[Address]) {
        self.accept(served, calls::request_listed_ee(total, 0, nodes));
    }

    /// Sends a call that must be accepted, and returns what it emits.
    #[track_caller]
    pub fn accept(&mut self, sender: Address, call: Rpc) -> Vec<Group> {
        match self.call(sender, &call) {
            Ok(events) => events,
            Err(failure) => panic!("{call:02x?} of {sender:x} was not accepted: {failure}"),
        }
    }

    /// Sends a call that must be refused with `code`, and checks that nothing has changed. Returns
    /// the message.
    #[track_caller]
    pub fn refuse(&mut self, sender: Address, call: Rpc, expected: &str) -> String {
        let before = self.clone();
        let outcome = self.call(sender, &call);
        self.check_refused(&before, outcome, expected)
    }

    /// Sends a call.
    ///
    /// # Errors
    ///
    /// What the registry answers, or [`split_rpc`].
    pub fn call(&mut self, sender: Address, call: &Rpc) -> Result<Vec<Group>, Failure> {
        let (shortname, arguments) = split_rpc(&call.0)?;
        self.invoke(Export::Action(shortname), sender, &[], arguments)
    }

    /// Delivers the callback of every group that has one: all its interactions have succeeded, or
    /// all have failed. It must be accepted.
    #[track_caller]
    pub fn settle(&mut self, events: &[Group], success: bool) {
        for group in events {
            if let Err(failure) = self.callback(group, success, &[]) {
                panic!("a callback was not accepted: {failure}");
            }
        }
    }

    /// Delivers the callback of one group, with these results besides the success flag.
    ///
    /// # Errors
    ///
    /// What the registry answers.
    ///
    /// # Panics
    ///
    /// If the group has no callback.
    pub fn callback(
        &mut self,
        group: &Group,
        success: bool,
        results: &[(bool, Vec<u8>)],
    ) -> Result<Vec<Group>, Failure> {
        let callback = group.callback.as_ref().expect("the group has a callback");
        self.callback_bytes(&callback.payload, success, results)
    }

    /// Delivers a callback that consists of these bytes, shortname first.
    ///
    /// # Errors
    ///
    /// What the registry answers.
    pub fn callback_bytes(
        &mut self,
        payload: &[u8],
        success: bool,
        results: &[(bool, Vec<u8>)],
    ) -> Result<Vec<Group>, Failure> {
        let (shortname, arguments) = split_rpc(payload)?;
        let result = |(succeeded, return_data): &(bool, Vec<u8>)| ExecutionResult {
            succeeded: *succeeded,
            return_data: return_data.clone(),
        };
        let results: Vec<_> = results.iter().map(result).collect();
        let context = encode_callback_context(success, &results);
        self.invoke(Export::Callback(shortname), self.starter, &context, arguments)
    }

    /// Delivers a callback that must be refused with `code`, and checks that nothing has changed.
    #[track_caller]
    pub fn refuse_callback(
        &mut self,
        payload: &[u8],
        success: bool,
        results: &[(bool, Vec<u8>)],
        expected: &str,
    ) -> String {
        let before = self.clone();
        let outcome = self.callback_bytes(payload, success, results);
        self.check_refused(&before, outcome, expected)
    }

    #[track_caller]
    fn check_refused(
        &self,
        before: &Registry<E>,
        outcome: Result<Vec<Group>, Failure>,
        expected: &str,
    ) -> String {
        match outcome {
            Ok(events) => panic!("accepted with {events:?}, expected {expected}"),
            Err(Failure::Refused { code, message }) => {
                assert_eq!(code, expected, "{message}");
                assert_eq!(self.state, before.state, "the state of a refused call changed");
                assert_eq!(self.trees, before.trees, "the trees of a refused call changed");
                message
            }
            Err(Failure::Trap { message }) => panic!("trap: {message}, expected {expected}"),
        }
    }

    /// Runs an entry point.
    ///
    /// # Errors
    ///
    /// What the registry answers; state and trees are then as they were.
    pub fn invoke(
        &mut self,
        export: Export,
        sender: Address,
        callback_context: &[u8],
        arguments: &[u8],
    ) -> Result<Vec<Group>, Failure> {
        self.calls += 1;
        let mut transaction = [0; 32];
        transaction[24..].copy_from_slice(&self.calls.to_be_bytes());
        let transaction = || Hash { bytes: transaction };
        let mut input = encode_context(&ContractContext {
            contract_address: Registry::own_address(),
            sender,
            block_time: self.height,
            block_production_time: self.now,
            current_transaction: transaction(),
            original_transaction: transaction(),
        });
        input.extend(callback_context);
        input.extend(&self.state);
        input.extend(arguments);
        let sections = self.engine.invoke(export, &input, &mut self.trees)?;
        let result = ResultBuffer::decode_sections(&sections).expect("a well-formed result");
        self.state = result.state.expect("the state has a size");
        Ok(result.events)
    }
}

/// Records that no short story leads to, written behind the back of the contract.
impl<E: Engine + Clone> Registry<E> {
    /// Changes the tokens of an account that has some.
    #[track_caller]
    pub fn edit_tokens(&mut self, who: Address, edit: impl FnOnce(&mut ZkNodeTokens)) {
        let mut tokens = self.tokens(who);
        edit(&mut tokens);
        self.write(0, who, &tokens);
    }

    /// Changes the node of an account that has one.
    #[track_caller]
    pub fn edit_node(&mut self, who: Address, edit: impl FnOnce(&mut ZkNode)) {
        let mut node = self.node(who);
        edit(&mut node);
        self.write(1, who, &node);
    }

    /// Removes the tokens of an account.
    pub fn forget_tokens(&mut self, who: Address) {
        let Rpc(key) = Rpc(Vec::new()).arg(who);
        self.trees.remove(0, &key);
    }

    /// Removes the node of an account. The roster stays as it is.
    pub fn forget_node(&mut self, who: Address) {
        let Rpc(key) = Rpc(Vec::new()).arg(who);
        self.trees.remove(1, &key);
    }

    fn write(&mut self, tree: i32, key: Address, record: &impl ReadWriteState) {
        let Rpc(key) = Rpc(Vec::new()).arg(key);
        let mut bytes = Vec::new();
        record.state_write_to(&mut bytes).expect("writing to a vector succeeds");
        self.trees.insert(tree, &key, &bytes);
    }
}

/// What can be seen.
impl<E: Engine + Clone> Registry<E> {
    /// The records, decoded.
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.state, &self.trees)
    }

    /// The tokens of an account; none if there is no record.
    pub fn find_tokens(&self, who: Address) -> Option<ZkNodeTokens> {
        self.records().tokens(&who)
    }

    /// The tokens of an account that has some.
    #[track_caller]
    pub fn tokens(&self, who: Address) -> ZkNodeTokens {
        self.find_tokens(who).expect("the account has a token record")
    }

    /// The node of an account that has one.
    #[track_caller]
    pub fn node(&self, who: Address) -> ZkNode {
        self.records().node(&who).expect("the account has a node record")
    }

    /// The work of a contract, if it has some.
    pub fn computation(&self, served: Address) -> Option<Computation> {
        self.records().computation(&served)
    }

    /// Free units on the swept view.
    pub fn free(&self, who: Address) -> i64 {
        let now = zk_node_registry::rules::units::Timestamp::from_millis(self.now);
        self.find_tokens(who).map_or(0, |tokens| tokens.free(now).units())
    }

    /// Locked units on the swept view.
    pub fn pending(&self, who: Address) -> i64 {
        let now = zk_node_registry::rules::units::Timestamp::from_millis(self.now);
        self.find_tokens(who).map_or(0, |tokens| tokens.pending(now).units())
    }

    /// Units in computations.
    pub fn allocated(&self, who: Address) -> i64 {
        self.find_tokens(who).map_or(0, |tokens| tokens.allocated().units())
    }

    /// Free, allocated and pending units on the swept view; all 0 without a record.
    pub fn buckets(&self, who: Address) -> [i64; 3] {
        [self.free(who), self.allocated(who), self.pending(who)]
    }

    /// What is stored as pending: amounts, each with the time of its release.
    pub fn pending_entries(&self, who: Address) -> Vec<(i64, i64)> {
        let pending = self.find_tokens(who).map(|tokens| tokens.pending_unlock).unwrap_or_default();
        pending.iter().map(|entry| (entry.amount, entry.unlock_time)).collect()
    }

    /// When the planned end of the work of a contract is that has some.
    #[track_caller]
    pub fn planned_end(&self, served: Address) -> Option<i64> {
        self.computation(served).expect("the contract has a computation").allocation_end
    }

    /// Allocated, success and failure score of a node.
    pub fn score(&self, who: Address) -> (i32, i32, i32) {
        let score = self.node(who).score;
        (score.allocated_score, score.success_score, score.failure_score)
    }
}

impl Default for Registry {
    fn default() -> Registry {
        Registry::new()
    }
}

/// The engines that a request returned, in order.
pub fn engines(events: &[Group]) -> Vec<Address> {
    engine_information(events).into_iter().map(|engine| engine.identity).collect()
}

/// What a request returned.
pub fn engine_information(events: &[Group]) -> Vec<EngineInformation> {
    let [group] = events else { panic!("a request emits one group, not {events:?}") };
    let data = group.return_data.as_deref().expect("a request returns its engines");
    Vec::rpc_read_from(&mut &*data)
}

/// The one call that a group of one call makes: to whom, and which.
#[track_caller]
pub fn only_call(events: &[Group]) -> (Address, Rpc) {
    let [group] = events else { panic!("one group, not {events:?}") };
    let [call] = group.interactions.as_slice() else { panic!("one call, not {group:?}") };
    (call.dest, Rpc(call.payload.clone()))
}

/// The return data of `getProducerInfo`, registry.md 10.3.
pub fn producer_info(identity: Address, key: u8, server_jurisdiction: i32) -> Vec<u8> {
    let Rpc(mut data) = Rpc(Vec::new())
        .arg(identity)
        .arg("Name".to_owned())
        .arg("https://website.example".to_owned())
        .arg("Street 1".to_owned());
    data.extend([key; 33]);
    data.extend([0x0c; 96]);
    208_i32.rpc_write_to(&mut data).expect("writing to a vector succeeds");
    server_jurisdiction.rpc_write_to(&mut data).expect("writing to a vector succeeds");
    data
}

/// The callback 31 of an association, as the registry buys it.
pub fn on_associated(account: Address, amount: i64) -> Vec<u8> {
    rpc(0x31).arg(account).arg(amount).0
}

/// The callback 32 of a disassociation, as the registry buys it.
pub fn on_disassociated(account: Address, amount: i64, cut: i64) -> Vec<u8> {
    rpc(0x32).arg(account).arg(amount).arg(cut).0
}
