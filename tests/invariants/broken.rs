//! A registry with the real contract in it that does something else when it is told to.

use std::cell::RefCell;
use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};
use zkreg::chain::EngineContract;
use zkreg::engine::NativeEngine;
use zkreg::invariants::{Answer, Delivery, Registry, TreeKey};
use zkreg::names::bytes_of;

/// What the registry does instead of what it should.
#[derive(Clone, Default)]
pub(crate) struct Hook(Rc<RefCell<Deed>>);

#[derive(Clone, Copy, Default)]
enum Deed {
    #[default]
    Nothing,
    /// It takes another call than the one that was sent.
    Hears(fn(&mut Delivery)),
    /// It answers without doing anything.
    Answers(fn(&Delivery) -> Option<Answer>),
    /// It writes something else besides.
    Writes(fn(&mut Edit)),
}

impl Hook {
    pub(crate) fn hears(change: fn(&mut Delivery)) -> Hook {
        Hook(Rc::new(RefCell::new(Deed::Hears(change))))
    }

    pub(crate) fn answers(answer: fn(&Delivery) -> Option<Answer>) -> Hook {
        Hook(Rc::new(RefCell::new(Deed::Answers(answer))))
    }

    pub(crate) fn writes(change: fn(&mut Edit)) -> Hook {
        Hook(Rc::new(RefCell::new(Deed::Writes(change))))
    }

    /// Does what `other` does, in every copy.
    pub(crate) fn replace(&self, other: &Hook) {
        let deed = *other.0.borrow();
        *self.0.borrow_mut() = deed;
    }
}

/// The real contract, with a hook.
#[derive(Clone)]
pub(crate) struct Tampered {
    contract: EngineContract,
    written: Vec<TreeKey>,
    hook: Hook,
}

impl Tampered {
    pub(crate) fn new(contract: EngineContract, hook: Hook) -> Tampered {
        Tampered { contract, written: Vec::new(), hook }
    }
}

impl Registry for Tampered {
    fn deliver(&mut self, delivery: &Delivery) -> Answer {
        let deed = *self.hook.0.borrow();
        let mut heard = delivery.clone();
        self.written.clear();
        if let Deed::Hears(change) = deed {
            change(&mut heard);
        }
        if let Deed::Answers(answer) = deed
            && let Some(answer) = answer(delivery)
        {
            return answer;
        }
        let mut answer = self.contract.deliver(&heard);
        self.written = self.contract.written();
        if let Deed::Writes(change) = deed {
            let mut edit = Edit {
                root: self.contract.state().to_vec(),
                trees: self.contract.trees().clone(),
                written: &mut self.written,
                answer: &mut answer,
            };
            change(&mut edit);
            let (root, trees) = (edit.root, edit.trees);
            let engine = Box::new(NativeEngine::of("zk_node_registry"));
            self.contract = EngineContract::restore(root, trees, engine);
        }
        answer
    }

    fn root(&self) -> &[u8] {
        self.contract.state()
    }

    fn trees(&self) -> &Trees {
        self.contract.trees()
    }

    fn written(&self) -> Vec<TreeKey> {
        self.written.clone()
    }
}

/// Hands on what a call has written.
pub(crate) struct Edit<'a> {
    pub(crate) root: Vec<u8>,
    trees: Trees,
    written: &'a mut Vec<TreeKey>,
    pub(crate) answer: &'a mut Answer,
}

impl Edit<'_> {
    pub(crate) fn tokens(&mut self, account: Address, change: fn(&mut ZkNodeTokens)) {
        self.record(0, &account, change);
    }

    pub(crate) fn node(&mut self, account: Address, change: fn(&mut ZkNode)) {
        self.record(1, &account, change);
    }

    pub(crate) fn computation(&mut self, contract: Address, change: fn(&mut Computation)) {
        self.record(2, &contract, change);
    }

    /// Copies the node record of one account to another.
    pub(crate) fn copy_node(&mut self, from: Address, to: Address) {
        let value = self.trees.get(1, &bytes_of(&from)).expect("there is a record");
        let mut node: ZkNode = pbc_host::load_state(value).expect("it can be read");
        node.identity = to;
        node.is_disabled = true;
        self.write(1, &bytes_of(&to), &node);
    }

    /// Writes bytes that are no record.
    pub(crate) fn raw(&mut self, tree: i32, key: Address, value: &[u8]) {
        self.trees.insert(tree, &bytes_of(&key), value);
        self.written.push((tree, bytes_of(&key).to_vec()));
    }

    fn record<T: ReadWriteState>(&mut self, tree: i32, key: &Address, change: fn(&mut T)) {
        let key = bytes_of(key);
        let value = self.trees.get(tree, &key).expect("there is a record");
        let mut record: T = pbc_host::load_state(value).expect("it can be read");
        change(&mut record);
        self.write(tree, &key, &record);
    }

    fn write<T: ReadWriteState>(&mut self, tree: i32, key: &[u8], record: &T) {
        let mut bytes = Vec::new();
        record.state_write_to(&mut bytes).expect("a vector takes all bytes");
        self.trees.insert(tree, key, &bytes);
        self.written.push((tree, key.to_vec()));
    }
}
