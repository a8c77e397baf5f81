//! Relations about calls that are put into a history.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zk_node_registry::rules::units::Timestamp;
use zkreg::call::Call;
use zkreg::invariants::{Delivery, Facts, Registry};

use crate::tape::{Make, TAPES, Tape, facts, same, same_answers};

/// M-05: calls that are refused may come anywhere. They are those of other histories, and of this
/// one at other times.
pub(crate) fn refused_calls(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut chance = ChaCha8Rng::seed_from_u64(tape.seed);
    let (answers, registry) = tape.run(make);
    let mut other = tape.begin(make);
    let mut others = Vec::new();
    let mut inserted = 0;
    for delivery in &tape.deliveries {
        let from = &TAPES[chance.random_range(0..TAPES.len())];
        for source in [from, tape] {
            let all = &source.deliveries;
            let strange = &all[chance.random_range(0..all.len())];
            let strange = Delivery {
                now: delivery.now,
                transaction: strange.transaction.map(|byte| !byte),
                ..strange.clone()
            };
            let mut branch = other.clone();
            if branch.deliver(&strange).is_err() {
                other = branch;
                inserted += 1;
            }
        }
        others.push(other.deliver(delivery));
    }
    same_answers(tape, &answers, &others)?;
    same("trees", registry.trees(), other.trees())?;
    same("root", registry.root(), other.root())?;
    Ok(inserted)
}

/// M-06: while time does not step back, anybody may sweep at any time.
pub(crate) fn sweeps(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut chance = ChaCha8Rng::seed_from_u64(tape.seed);
    let mut latest = i64::MIN;
    let deliveries = tape.deliveries.iter().map(|delivery| {
        latest = latest.max(delivery.now);
        Delivery { now: latest, ..delivery.clone() }
    });
    let tape = &Tape { deliveries: deliveries.collect(), ..tape.clone() };
    let (answers, registry) = tape.run(make);
    let mut other = tape.begin(make);
    let mut others = Vec::new();
    let mut inserted = 0;
    for delivery in &tape.deliveries {
        let holders: Vec<_> = facts(&other).staked_tokens.into_keys().collect();
        if !holders.is_empty() {
            let sweep = Delivery {
                sender: holders[chance.random_range(0..holders.len())],
                callback: None,
                rpc: Call::UnlockExpiredStakes {}.encode(),
                ..delivery.clone()
            };
            other.deliver(&sweep).map_err(|failure| format!("a sweep: {failure}"))?;
            inserted += 1;
        }
        others.push(other.deliver(delivery));
    }
    same_answers(tape, &answers, &others)?;
    same("state", swept(facts(&registry), latest), swept(facts(&other), latest))?;
    Ok(inserted)
}

/// The state as sweeps of everybody would leave it.
fn swept(mut facts: Facts, now: i64) -> Facts {
    for tokens in facts.staked_tokens.values_mut() {
        *tokens = tokens.swept(Timestamp::from_millis(now));
    }
    facts
}
