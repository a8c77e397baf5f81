//! M-02: all times shifted.

use zk_node_registry::Pending;
use zkreg::call::Call;
use zkreg::image::Image;
use zkreg::invariants::{Delivery, Registry};

use crate::tape::{Make, Tape, image, same, same_answers};

/// By how much all times are shifted, in milliseconds: odd, and no whole number of days.
const SHIFT: i64 = 1_234_567_890_123;
/// Later times are brought back to this, and those before 1970 to 1970: what overflows would do so
/// elsewhere when shifted.
const LATEST: i64 = i64::MAX / 4;

/// M-02: with all times later, everything is the same, later. What is sent has no time in it: an
/// extension says how long (`registry.md` 9.3).
pub(crate) fn shifted(tape: &Tape, make: Make) -> Result<usize, String> {
    let tape = with_times(tape, |time| time.clamp(0, LATEST))?;
    let later = with_times(&tape, |time| time + SHIFT)?;
    let (answers, registry) = tape.run(make);
    let (others, other) = later.run(make);
    same_answers(&tape, &answers, &others)?;
    let mut state = image(registry.root(), Registry::trees(&registry))?;
    change_state(&mut state, &|time| time + SHIFT);
    same("state", state, image(other.root(), Registry::trees(&other))?)?;
    Ok(1)
}

/// The tape with every time changed, those of its first state too.
fn with_times(tape: &Tape, change: impl Fn(i64) -> i64) -> Result<Tape, String> {
    let mut start = image(&tape.root, &tape.trees)?;
    change_state(&mut start, &change);
    let (root, trees) = start.store();
    let deliveries = tape.deliveries.iter().map(|it| change_delivery(it, &change)).collect();
    Ok(Tape { root, trees, deliveries, ..*tape })
}

fn change_state(state: &mut Image, change: &impl Fn(i64) -> i64) {
    for tokens in state.staked_tokens.values_mut() {
        tokens.expiration_timestamp = tokens.expiration_timestamp.map(change);
        let later = |it: &mut Pending| it.unlock_time = change(it.unlock_time);
        tokens.pending_unlock.iter_mut().for_each(later);
    }
    for work in state.computations.values_mut() {
        work.allocation_end = work.allocation_end.map(change);
    }
}

fn change_delivery(delivery: &Delivery, change: &impl Fn(i64) -> i64) -> Delivery {
    let mut changed = Delivery { now: change(delivery.now), ..delivery.clone() };
    let Some(mut call) = Call::decode(&delivery.rpc) else { return changed };
    match &mut call {
        Call::AssociateTokensWithExpiration { expiration_timestamp, .. } => {
            *expiration_timestamp = change(*expiration_timestamp);
        }
        Call::SetExpirationForAssociation { expiration_timestamp } => {
            *expiration_timestamp = expiration_timestamp.map(change);
        }
        Call::OnContractStatus { .. } | Call::OnDeadlineExtended { .. } => {
            let results = changed.callback.iter_mut().flat_map(|told| &mut told.results);
            for result in results {
                if let Ok(time) = result.return_data.as_slice().try_into() {
                    result.return_data = change(i64::from_be_bytes(time)).to_be_bytes().to_vec();
                }
            }
        }
        _ => {}
    }
    changed.rpc = call.encode();
    changed
}
