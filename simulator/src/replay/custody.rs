//! Whether the registry owns at the token contract what its books say (INV-06).
//!
//! What came by plain transfers stays with the registry for good. Callbacks that are lost, come twice,
//! are refused, or are told what did not happen end the comparison: then the books are not at fault.

use crate::call::Call;
use crate::chain::{Delivery, Kind, Outcome};
use crate::invariants::{Findings, Violation};
use crate::step::{Handling, Post, Step};
use crate::world::World;

/// What is known of the tokens of one registry.
#[derive(Debug)]
pub(super) struct Custody {
    /// What the registry owns beyond its books.
    gifts: i128,
    is_comparable: bool,
}

impl Custody {
    /// The world begins, and `findings` with it.
    pub(super) fn of(world: &World, findings: &Findings) -> Custody {
        let credited = findings.credited();
        Custody { gifts: balance(world) - credited.unwrap_or(0), is_comparable: credited.is_some() }
    }

    /// A step was played.
    pub(super) fn check(
        &mut self,
        step: &Step,
        deliveries: &[Delivery],
        world: &World,
        findings: &Findings,
    ) -> Vec<Violation> {
        self.is_comparable &= !is_untrue(step) && !deliveries.iter().any(|it| is_lost(it, world));
        let Some(credited) = findings.credited().filter(|_| self.is_comparable) else {
            return Vec::new();
        };
        let (balance, (taken, gone)) = (balance(world), under_way(world));
        let registry = world.registry_address();
        let by_others =
            |it: &Delivery| it.event.to == world.token_address() && it.event.from != registry;
        if deliveries.iter().any(by_others) {
            self.gifts = balance - (credited + taken - gone);
        }
        findings.custody(balance, taken, gone, self.gifts)
    }
}

fn balance(world: &World) -> i128 {
    let units = world.token().balance(&world.registry_address());
    i128::try_from(units).unwrap_or(i128::MAX)
}

/// What transfers have brought and taken whose callbacks are under way.
fn under_way(world: &World) -> (i128, i128) {
    let registry = world.registry_address();
    let (mut taken, mut gone) = (0, 0);
    for mail in world.mail().filter(|mail| mail.event.to == registry) {
        let Kind::Callback(told) = &mail.event.kind else { continue };
        match Call::decode(&mail.event.rpc) {
            Some(Call::OnAssociated { amount, .. }) if told.success => taken += i128::from(amount),
            Some(Call::OnDisassociated { amount, .. }) if told.success => {
                gone += i128::from(amount)
            }
            _ => {}
        }
    }
    (taken, gone)
}

fn is_untrue(step: &Step) -> bool {
    matches!(step, Step::Mail(Post { handling: Handling::Tell(..) | Handling::Repeat(_), .. }))
}

/// Whether this is a callback that the registry has not taken.
fn is_lost(delivery: &Delivery, world: &World) -> bool {
    delivery.event.to == world.registry_address()
        && matches!(delivery.event.kind, Kind::Callback(_))
        && !matches!(delivery.outcome, Outcome::Accepted { .. })
}
