//! Answers that are wrong: taken or refused where the opposite is due, or for another call.

use pbc_lib::Failure;
use registry_tests::{node, zk};
use zk_node_registry::{Jurisdiction, Jurisdictions, NodeJurisdictions};
use zkreg::call::Call;
use zkreg::invariants::Property;

use crate::Case;
use crate::broken::Hook;
use crate::story::{Story, jurisdiction, listed};

pub(crate) const CASES: &[Case] = &[
    (Property::INV_24, &[Property::INV_24], || {
        let mut story = Story::at_work();
        story.tamper(Hook::answers(|_| {
            Some(Err(Failure::Trap { message: "out of range".to_owned() }))
        }));
        story.breaks(node(1), jurisdiction(208))
    }),
    (Property::INV_30, &[Property::INV_30], || {
        let mut story = Story::at_work();
        story.tamper(Hook::hears(|heard| heard.rpc = listed(100, &[node(3)]).encode()));
        let required_ee_version = 9;
        let zk_nodes = vec![node(3)];
        let call = Call::RequestListed { total_stakes: 100, required_ee_version, zk_nodes };
        story.breaks(zk(2), call)
    }),
    (Property::INV_31, &[Property::INV_31], || {
        let mut story = Story::at_work();
        story.tamper(Hook::hears(|heard| heard.rpc = drawn(&[]).encode()));
        story.breaks(zk(2), drawn(&[208]))
    }),
    (Property::INV_31, &[Property::INV_31], || {
        let mut story = Story::at_work();
        story.tamper(Hook::hears(|heard| heard.rpc = listed(100, &[node(3)]).encode()));
        story.breaks(zk(2), listed(100, &[node(1)]))
    }),
    (Property::INV_32, &[Property::INV_32], || {
        let mut story = Story::at_work();
        story.tamper(Hook::answers(|_| Some(Err(Failure::refused("not_enough_nodes", "k 1")))));
        story.breaks(zk(2), drawn(&[]))
    }),
    (Property::INV_33, &[Property::INV_33], || {
        let mut story = Story::at_work();
        story.accept(node(1), Call::AssociateTokens { token_amount: 5 });
        story.tamper(Hook::answers(|_| Some(Err(Failure::refused("callback_unexpected", "no")))));
        story.call_back(Call::OnAssociated { account: node(1), amount: 5 }, true, Vec::new()).1
    }),
    (Property::T_10, &[Property::T_10], || {
        let mut story = Story::released();
        story.tamper(Hook::answers(|_| Some(Ok(Vec::new()))));
        story.breaks(zk(1), Call::DoneV1 {})
    }),
];

/// A request for one node in one of these countries.
fn drawn(countries: &[i32]) -> Call {
    let list = countries.iter().map(|value| Jurisdiction { value: *value }).collect();
    Call::RequestNodes {
        number_of_nodes: 1,
        total_stakes: 100,
        jurisdictions: NodeJurisdictions { node_jurisdictions: vec![Jurisdictions { list }] },
        required_ee_version: 0,
    }
}
