//! A short story at a watched registry: N1 to N3 with 1,000 units each, N1 and N2 at work for Z1.

use pbc_contract_common::address::Address;
use registry_tests::{DAY, bpo, deploy, node, token, voting, zk};
use zk_node_registry::{Collaborators, Jurisdiction, RestEndpoint, Settings};
use zkreg::call::Call;
use zkreg::chain::{CallResult, EngineContract, Results};
use zkreg::engine::NativeEngine;
use zkreg::image::Image;
use zkreg::invariants::{Answer, Delivery, Violation, Watched};

use crate::broken::{Hook, Tampered};

/// Where stories begin, in milliseconds.
pub(crate) const START: i64 = 1_700_000_000_000;

/// The registry, watched, and its clock.
pub(crate) struct Story {
    pub(crate) watched: Watched<Tampered>,
    hook: Hook,
    pub(crate) now: i64,
    calls: u64,
}

impl Story {
    /// Nobody is there yet.
    pub(crate) fn new() -> Story {
        let settings = Settings {
            stake_token: token(),
            require_block_producer: false,
            min_node_stake: 0,
            min_total_stakes: 0,
        };
        let collaborators = Collaborators {
            bp_orchestration: bpo(),
            voting: voting(),
            zk_contract_deploy: deploy(),
        };
        let (root, trees) = Image::empty(collaborators, settings).store();
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let hook = Hook::default();
        let registry = Tampered::new(EngineContract::restore(root, trees, engine), hook.clone());
        let (watched, found) = Watched::new(registry).expect("the root can be read");
        assert_eq!(found, []);
        Story { watched, hook, now: START, calls: 0 }
    }

    /// N1 to N3 have 1,000 units each; N1 and N2 work for Z1 with 100 each.
    pub(crate) fn at_work() -> Story {
        let mut story = Story::new();
        for n in 1..=3 {
            let endpoint = RestEndpoint { rest_endpoint: "https://a.example".to_owned() };
            story.accept(node(n), Call::RegisterAsZkNode { rest_endpoint: endpoint });
            story.accept(node(n), Call::AssociateTokens { token_amount: 1_000 });
            story.settle(Call::OnAssociated { account: node(n), amount: 1_000 }, true);
        }
        story.accept(zk(1), listed(200, &[node(1), node(2)]));
        story
    }

    /// As [`Story::at_work`], with the work of Z1 ended: N1 and N2 have 100 units pending.
    pub(crate) fn released() -> Story {
        let mut story = Story::at_work();
        story.accept(zk(1), Call::DoneV1 {});
        story.now += DAY;
        story
    }

    /// From here on the registry does what `hook` says.
    pub(crate) fn tamper(&mut self, hook: Hook) {
        self.hook.replace(&hook);
    }

    /// What the registry is told to do.
    pub(crate) fn hook(&self) -> Hook {
        self.hook.clone()
    }

    /// A call that the registry takes, without a breach.
    #[track_caller]
    pub(crate) fn accept(&mut self, sender: Address, call: Call) -> Vec<pbc_host::Group> {
        let (answer, found) = self.send(sender, call);
        assert_eq!(found, []);
        answer.expect("the call is taken")
    }

    /// What a call breaks.
    pub(crate) fn breaks(&mut self, sender: Address, call: Call) -> Vec<Violation> {
        self.send(sender, call).1
    }

    /// A callback that the registry takes, without a breach.
    #[track_caller]
    pub(crate) fn settle(&mut self, callback: Call, success: bool) {
        let (answer, found) = self.call_back(callback, success, Vec::new());
        assert_eq!(found, []);
        answer.expect("the callback is taken");
    }

    pub(crate) fn call_back(
        &mut self,
        callback: Call,
        success: bool,
        return_data: Vec<u8>,
    ) -> (Answer, Vec<Violation>) {
        let results = vec![CallResult { succeeded: success, return_data }];
        let delivery = Delivery {
            callback: Some(Results { success, results }),
            ..self.delivery(deploy(), callback)
        };
        self.watched.deliver(&delivery)
    }

    fn send(&mut self, sender: Address, call: Call) -> (Answer, Vec<Violation>) {
        let delivery = self.delivery(sender, call);
        self.watched.deliver(&delivery)
    }

    pub(crate) fn delivery(&mut self, sender: Address, call: Call) -> Delivery {
        self.calls += 1;
        let mut transaction = [0; 32];
        transaction[..8].copy_from_slice(&self.calls.to_le_bytes());
        let registry = registry_tests::Registry::own_address();
        let (now, rpc) = (self.now, call.encode());
        Delivery { registry, sender, now, height: 7, transaction, callback: None, rpc }
    }
}

/// A request of the sender for listed nodes of any EE version.
pub(crate) fn listed(total_stakes: i64, nodes: &[Address]) -> Call {
    Call::RequestListed { total_stakes, required_ee_version: 0, zk_nodes: nodes.to_vec() }
}

/// The call that changes least.
pub(crate) fn jurisdiction(code: i32) -> Call {
    Call::UpdateServerJurisdiction { jurisdiction: Jurisdiction { value: code } }
}

/// The call that writes a token record and moves nothing.
pub(crate) fn reserve(new_reserved: i64) -> Call {
    Call::SetReservedTokens { new_reserved }
}
