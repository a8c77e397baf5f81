//! What a campaign has come to so far, in a few lines that somebody watches.

use std::collections::BTreeMap;
use std::fmt;

use super::report::wrapped;
use super::table::{ACCEPTED, ACTIONS, Place};
use super::tally::Tally;

/// Accepted and refused calls of each action, then how often each code came, the rarest last.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a>(pub &'a Tally);

impl fmt::Display for Glance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.0;
        let mut actions: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
        for place in Place::all() {
            let hits = tally.hits(place);
            let [accepted, refused] = actions.entry(place.action()).or_default();
            if place.outcome() == ACCEPTED {
                *accepted += hits;
            } else {
                *refused += hits;
                *codes.entry(place.outcome()).or_default() += hits;
            }
        }
        let of_action = |name| {
            let [accepted, refused] = actions.get(name).copied().unwrap_or_default();
            format!("{name} {}/{}", rough(accepted), rough(refused))
        };
        let actions: Vec<String> = ACTIONS.iter().map(|action| of_action(action.name)).collect();
        wrapped(f, "ok/refused", &actions, "  ")?;
        let mut codes: Vec<(&str, u64)> = codes.into_iter().filter(|(_, hits)| *hits > 0).collect();
        codes.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
        let codes: Vec<String> =
            codes.into_iter().map(|(code, hits)| format!("{code} {}", rough(hits))).collect();
        wrapped(f, "refused by", &codes, "  ")
    }
}

/// A count in at most four digits and a letter, rounded down.
fn rough(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..10_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_stand_in_the_order_of_the_table_and_codes_by_how_often_they_came() {
        let mut tally = Tally::default();
        let mut count = |action, outcome, times| {
            let place = Place::named(action, outcome).expect("an outcome of that action");
            (0..times).for_each(|_| tally.count(place));
        };
        count("0b", ACCEPTED, 12_345);
        count("0b", "insufficient_free", 3);
        count("0a", "truncated", 7);

        let text = Glance(&tally).to_string();
        assert!(text.starts_with("ok/refused  ffffffff0f 0/0  00 0/0  "), "{text}");
        assert!(text.contains("  0a 0/7  "), "{text}");
        assert!(text.contains("  0b 12k/3  "), "{text}");
        assert!(text.ends_with("\nrefused by  truncated 7  insufficient_free 3\n"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }
}
