//! Group B: the 14 days, expirations and end dates, to the millisecond.

use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::*;
use zk_node_registry::rules::leave::leave;
use zk_node_registry::rules::units::Timestamp;

/// N1 with 75 units of which Z1 has just released all.
fn just_released() -> Registry {
    let mut registry = Registry::with_nodes(1, 75);
    registry.take(zk(1), 75, &[node(1)]);
    registry.accept(zk(1), done_v1());
    registry
}

/// N1 with 25 free units, 75 at work for Z1, and an expiration in 30 days.
fn working_with_an_expiration() -> Registry {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    let expiration = registry.now + 30 * DAY;
    registry.accept(node(1), expire(Some(expiration)));
    registry
}

#[test]
fn b01_released_tokens_leave_exactly_14_days_later() {
    let mut registry = just_released();

    registry.now += 14 * DAY;
    let events = registry.accept(node(1), disassociate(75));

    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 75)));
    registry.settle(&events, true);
    assert_eq!(registry.find_tokens(node(1)), None);
}

#[test]
fn b02_tokens_are_locked_one_millisecond_before_14_days() {
    let mut registry = just_released();

    registry.now += 14 * DAY - 1;

    registry.refuse(node(1), disassociate(75), "insufficient_free");
    registry.refuse(node(1), disassociate(1), "insufficient_free");
    registry.refuse(zk(2), request_listed_ee(1, 0, &[node(1)]), "node_insufficient_free");
    registry.accept(node(1), unlock());
    assert_eq!(registry.buckets(node(1)), [0, 0, 75]);
}

#[test]
fn b03_one_millisecond_later_the_result_is_the_same() {
    let mut on_time = just_released();
    on_time.now += 14 * DAY;
    let mut late = just_released();
    late.now += 14 * DAY + 1;

    let events = [&mut on_time, &mut late].map(|registry| {
        let events = registry.accept(node(1), disassociate(75));
        assert_eq!(registry.tokens(node(1)).outgoing_tokens, 75);
        events
    });

    assert_eq!(events[0], events[1]);
    assert_eq!(on_time.trees, late.trees);
}

#[test]
fn b04_two_releases_in_one_block_are_one_pending_amount_and_two_scores() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    registry.take(zk(2), 25, &[node(1)]);
    let release = registry.now;

    registry.accept(zk(1), done_v1());
    registry.accept(zk(2), done_v2(&[(node(1), F)]));

    assert_eq!(registry.pending_entries(node(1)), [(100, release)]);
    assert_eq!(registry.score(node(1)), (2, 1, 1));
    registry.now = release + 14 * DAY - 1;
    assert_eq!(registry.buckets(node(1)), [0, 0, 100]);
    registry.refuse(node(1), disassociate(1), "insufficient_free");
    registry.now = release + 14 * DAY;
    registry.accept(node(1), disassociate(100));
}

#[test]
fn b05_a_clock_that_steps_back_unlocks_nothing_early_and_hides_nothing_that_is_due() {
    let mut registry = Registry::with_nodes(1, 100);
    for n in 1..=4 {
        registry.take(zk(n), 25, &[node(1)]);
    }
    let late = registry.now;
    let early = late - 5;

    // Releases at `late`, then twice in an earlier block, then at `late` again.
    registry.accept(zk(1), done_v1());
    registry.now = early;
    registry.accept(zk(2), done_v1());
    registry.accept(zk(3), done_v1());
    registry.refuse(node(1), disassociate(1), "insufficient_free");
    registry.now = late;
    registry.accept(zk(4), done_v1());
    assert_eq!(registry.pending_entries(node(1)), [(50, late), (50, early)]);

    // Each amount keeps its own clock, wherever its entry stands.
    for (now, free) in [
        (i64::MIN, 0),
        (early + 14 * DAY - 1, 0),
        (early + 14 * DAY, 50),
        (late + 14 * DAY - 1, 50),
        (late + 14 * DAY, 100),
    ] {
        let mut then = registry.clone();
        then.now = now;
        then.accept(node(1), unlock());
        assert_eq!(then.tokens(node(1)).free_tokens, free, "at {now}");
        then.refuse(node(1), disassociate(free + 1), "insufficient_free");
    }

    // What a sweep has freed stays free when the clock steps back behind it.
    registry.now = early + 14 * DAY;
    registry.accept(node(1), unlock());
    registry.now = early;
    registry.accept(node(1), disassociate(50));
}

#[test]
fn b06_only_the_production_time_counts_and_14_days_are_1_209_600_000_milliseconds() {
    // A block number that grows by 14 days, in seconds or in milliseconds, is no time.
    for height in [0, 1_209_600, 1_209_600_000, i64::MAX, -1] {
        let mut registry = just_released();
        let release = registry.now;
        registry.height = height;

        registry.now = release + 1_209_599_999;
        registry.refuse(node(1), disassociate(75), "insufficient_free");
        registry.now = release + 1_209_600_000;
        registry.accept(node(1), disassociate(75));
    }

    // A production time that stands for seconds is read as milliseconds all the same.
    let mut registry = just_released();
    registry.now += 1_209_600;
    registry.refuse(node(1), disassociate(75), "insufficient_free");

    // Nothing that is stored comes from the block number.
    let story = |height: i64| {
        let mut registry = Registry::with_nodes(1, 75);
        registry.height = height;
        let now = registry.now;
        registry.accept(node(1), expire(Some(now + 1)));
        registry.take(zk(1), 25, &[node(1)]);
        registry.take(zk(2), 25, &[node(1)]);
        registry.accept(zk(1), done_v1());
        assert_eq!(registry.planned_end(zk(2)), Some(now + 2_419_200_000));
        assert_eq!(registry.pending_entries(node(1)), [(25, now)]);
        registry.trees
    };
    assert_eq!(story(0), story(i64::MAX));
}

#[test]
fn b07_an_expiration_in_the_past_is_refused() {
    let mut registry = Registry::with_nodes(1, 100);
    let past = registry.now - 1;

    registry.refuse(node(2), associate_until(100, past), "expiration_in_past");
    registry.refuse(node(1), expire(Some(past)), "expiration_in_past");
}

#[test]
fn b08_an_expiration_that_is_now_is_refused() {
    let mut registry = Registry::with_nodes(1, 100);
    let now = registry.now;

    registry.refuse(node(2), associate_until(100, now), "expiration_in_past");
    registry.refuse(node(1), expire(Some(now)), "expiration_in_past");

    registry.accept(node(2), associate_until(100, now + 1));
    registry.accept(node(1), expire(Some(now + 1)));
}

#[test]
fn b09_stake_is_offered_until_one_millisecond_before_its_expiration() {
    let mut registry = Registry::with_nodes(1, 100);
    let expiration = registry.now + DAY;
    registry.accept(node(1), expire(Some(expiration)));

    // There is no guard period.
    registry.now = expiration - 1;
    registry.clone().take(zk(1), 75, &[node(1)]);
    assert_eq!(registry.clone().draw(zk(1), 1, 75), [node(1)]);

    for now in [expiration, expiration + 1] {
        registry.now = now;
        registry.refuse(zk(1), request_listed_ee(75, 0, &[node(1)]), "node_expired");
        registry.refuse(zk(1), request_ee(1, 75, &[], 0), "not_enough_nodes");
    }
}

#[test]
fn b10_of_stake_that_expires_during_a_job_only_the_free_part_leaves() {
    let mut registry = working_with_an_expiration();
    let start = registry.now;

    // The job goes on over the expiration.
    registry.now = start + 30 * DAY - 1;
    registry.refuse(stranger(), send_expired_home(node(1)), "not_expired");
    registry.now = start + 30 * DAY;
    let events = registry.accept(stranger(), send_expired_home(node(1)));
    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 25)));
    registry.settle(&events, true);
    assert_eq!(registry.buckets(node(1)), [0, 75, 0]);

    // Its end scores as ever, and the 14 days are 14 days.
    registry.now = start + 31 * DAY;
    registry.accept(zk(1), done_v1());
    assert_eq!(registry.score(node(1)), (1, 1, 0));
    registry.now = start + 45 * DAY - 1;
    registry.refuse(stranger(), send_expired_home(node(1)), "nothing_free");
    registry.now = start + 45 * DAY;
    let events = registry.accept(stranger(), send_expired_home(node(1)));
    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 75)));
}

#[test]
fn b11_what_is_pending_at_the_expiration_is_sent_home_when_its_14_days_are_over() {
    let mut registry = working_with_an_expiration();
    let release = registry.now + 29 * DAY;
    registry.now = release;
    registry.accept(zk(1), done_v1());

    registry.now = release + 13 * DAY;
    let first = registry.accept(stranger(), send_expired_home(node(1)));
    assert_eq!(only_call(&first), (token(), token_transfer(node(1), 25)));
    registry.settle(&first, true);
    registry.now = release + 14 * DAY - 1;
    registry.refuse(stranger(), send_expired_home(node(1)), "nothing_free");

    registry.now = release + 14 * DAY;
    let second = registry.accept(stranger(), send_expired_home(node(1)));
    assert_eq!(only_call(&second), (token(), token_transfer(node(1), 75)));
    registry.settle(&second, true);
    assert_eq!(registry.find_tokens(node(1)), None);
}

#[test]
fn b12_a_shorter_expiration_leaves_running_work_alone() {
    let mut registry = working_with_an_expiration();
    let (start, computation) = (registry.now, registry.computation(zk(1)));

    registry.accept(node(1), expire(Some(start + DAY)));

    assert_eq!(registry.tokens(node(1)).expiration_timestamp, Some(start + DAY));
    assert_eq!(registry.buckets(node(1)), [25, 75, 0]);
    assert_eq!(registry.score(node(1)), (0, 0, 0));
    assert_eq!(registry.computation(zk(1)), computation);
    registry.now = start + 2 * DAY;
    registry.accept(zk(1), done_v1());
    assert_eq!(registry.buckets(node(1)), [25, 0, 75]);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
}

#[test]
fn b13_an_extension_beyond_an_expiration_is_accepted_and_shows_in_the_exit_estimate() {
    let mut registry = working_with_an_expiration();
    let expiration = registry.now + 30 * DAY;
    let (old_end, new_end) = (registry.now + 28 * DAY, registry.now + 56 * DAY);
    let exit = |registry: &Registry| {
        let now = Timestamp::from_millis(registry.now);
        let known = |contract: &_| registry.computation(*contract);
        let plan = leave(registry.find_tokens(node(1)).as_ref(), known, now);
        plan.exit(now).map(Timestamp::millis)
    };

    // Nobody asks the nodes; the end moves when the contract confirms it.
    let order = registry.accept(stranger(), extend(zk(1)));
    assert_eq!(registry.planned_end(zk(1)), Some(old_end));
    assert_eq!(exit(&registry), Some(old_end + 14 * DAY));
    let confirmed = [(true, new_end.to_be_bytes().to_vec())];
    registry.callback(&order[0], true, &confirmed).expect("a callback of the registry's own");

    let tokens = registry.tokens(node(1));
    assert_eq!(registry.planned_end(zk(1)), Some(new_end));
    assert_eq!(tokens.expiration_timestamp, Some(expiration));
    assert_eq!(exit(&registry), Some(new_end + 14 * DAY), "weeks after the expiration");
}

#[test]
fn b14_a_negative_expiration_is_refused() {
    let mut registry = Registry::with_nodes(1, 100);

    for expiration in [-1, i64::MIN] {
        registry.refuse(node(2), associate_until(100, expiration), "expiration_in_past");
        registry.refuse(node(1), expire(Some(expiration)), "expiration_in_past");
    }
}

#[test]
fn b15_a_status_check_does_the_same_before_at_and_after_the_planned_end() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    let planned_end = registry.now + 28 * DAY;
    let told = |deadline: i64| [(true, deadline.to_be_bytes().to_vec())];

    for now in [planned_end - 1, planned_end, planned_end + 1] {
        let mut then = registry.clone();
        then.now = now;

        // The contract is asked; that changes nothing.
        let events = then.accept(stranger(), check_status(zk(1)));
        assert_eq!(only_call(&events), (zk(1), rpc(0x0b)));
        assert_eq!(then.trees, registry.trees);

        // No answer and an earlier deadline change nothing either.
        then.callback(&events[0], false, &[(false, Vec::new())]).expect("a callback of its own");
        then.callback(&events[0], true, &told(planned_end - 1)).expect("a callback of its own");
        assert_eq!(then.trees, registry.trees);

        // A later deadline moves the planned end, and that only.
        then.callback(&events[0], true, &told(planned_end + DAY)).expect("a callback of its own");
        assert_eq!(then.planned_end(zk(1)), Some(planned_end + DAY));
        assert_eq!(then.buckets(node(1)), [25, 75, 0]);
        assert_eq!(then.score(node(1)), (0, 0, 0));

        // Only the contract ends its computation.
        then.accept(zk(1), done_v2(&[(node(1), F)]));
        assert_eq!(then.buckets(node(1)), [25, 0, 75]);
        assert_eq!(then.score(node(1)), (1, 0, 1));
    }
}
