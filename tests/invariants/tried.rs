//! Registries that refuse, or take too early, what a probe tries.

use pbc_contract_common::address::Address;
use pbc_lib::Failure;
use registry_tests::{DAY, node, zk};
use zkreg::call::Call;
use zkreg::invariants::probes::{self, Probe};
use zkreg::invariants::{Answer, Delivery, Property, Violation};

use crate::Case;
use crate::broken::{Hook, Tampered};
use crate::story::{Story, reserve};

pub(crate) const CASES: &[Case] = &[
    (Property::T_02, &[Property::T_02], || {
        tried(Story::released(), Hook::answers(refuses_0b), node(1), probes::t_02)
    }),
    (Property::T_05, &[Property::T_05], || {
        let mut story = Story::at_work();
        story.accept(node(1), reserve(1_000));
        tried(story, Hook::answers(refuses_0b), node(1), probes::t_05)
    }),
    (Property::T_06, &[Property::T_06], || {
        tried(Story::at_work(), Hook::answers(refuses_0b), node(1), probes::t_06)
    }),
    (Property::T_06, &[Property::T_06], || {
        let early = |it: &Delivery| (it.rpc[0] == 0x0b).then(|| Ok(Vec::new()));
        tried(Story::released(), Hook::answers(early), node(1), probes::t_06)
    }),
    (Property::T_07, &[Property::T_07], || {
        let deaf = |it: &Delivery| (it.rpc[0] == 0x20).then(|| Ok(Vec::new()));
        tried(Story::at_work(), Hook::answers(deaf), zk(1), probes::t_07)
    }),
    (Property::T_08, &[Property::T_08], || {
        tried(Story::released(), Hook::answers(refuses_0b), node(1), probes::t_08)
    }),
    (Property::T_09, &[Property::T_09], || {
        let mut story = Story::at_work();
        story.accept(node(1), Call::AssociateTokens { token_amount: 5 });
        tried(story, Hook::answers(refuses_0b), node(1), probes::t_09)
    }),
    (Property::T_11, &[Property::T_11], || {
        let less = |it: &mut Delivery| {
            if it.rpc[0] == 0x16 {
                it.rpc = Call::DisassociateTokens { token_amount: 1 }.encode();
                it.sender = node(3);
            }
        };
        tried(expired(), Hook::hears(less), node(3), probes::t_11)
    }),
    (Property::T_11, &[Property::T_11], || {
        let refuses = |it: &Delivery| refuses(it, 0x16);
        tried(expired(), Hook::answers(refuses), node(3), probes::t_11)
    }),
    (Property::T_14, &[Property::T_14], || {
        let refuses = |it: &Delivery| refuses(it, 0x06);
        tried(Story::at_work(), Hook::answers(refuses), node(1), probes::t_14)
    }),
];

type Tried = fn(&Probe<'_, Tampered>, &Address, &mut Vec<Violation>);

/// What one probe finds, before and after the registry is tampered with.
fn tried(mut story: Story, hook: Hook, subject: Address, try_it: Tried) -> Vec<Violation> {
    let last = story.delivery(node(1), Call::UnlockExpiredStakes {});
    let probe = |found: &mut Vec<Violation>| {
        let watched = &story.watched;
        try_it(&Probe::new(watched.registry(), watched.checker(), &last), &subject, found);
    };
    let mut found = Vec::new();
    probe(&mut found);
    assert_eq!(found, [], "the registry itself is in order");

    let mut found = Vec::new();
    let cell = story.hook();
    cell.replace(&hook);
    probe(&mut found);
    found
}

/// N3 has expired stake that rests.
fn expired() -> Story {
    let mut story = Story::at_work();
    let soon = Some(story.now + DAY);
    story.accept(node(3), Call::SetExpirationForAssociation { expiration_timestamp: soon });
    story.now += DAY;
    story
}

fn refuses_0b(delivery: &Delivery) -> Option<Answer> {
    refuses(delivery, 0x0b)
}

fn refuses(delivery: &Delivery, shortname: u8) -> Option<Answer> {
    (delivery.rpc[0] == shortname).then(|| Err(Failure::refused("no_stake_entry", "nothing")))
}
