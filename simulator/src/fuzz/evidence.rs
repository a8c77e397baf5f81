//! What is kept of a history that went wrong: shrunk and as it was, as histories and as scenarios.

use super::campaign::Failed;
use super::corpus::EXTENSION;
use super::driver::{Maker, Rigour};
use super::history::History;
use super::report::Wrong;
use super::story::Story;
use super::witness::Witness;
use super::{Failure, run, shrink};
use crate::engine::Engine;
use crate::json::{self, Layout};

/// What can be shown of something that went wrong.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The fewest steps that were found to show it.
    pub shrunk: History,
    /// What they show.
    pub failure: Failure,
    /// Files to write: names, and texts.
    pub files: Vec<(String, String)>,
    /// Whether a replay of the scenario goes otherwise than written, as it should; `None` if no
    /// scenario can say what happens.
    pub scenario_fails: Option<bool>,
}

impl Evidence {
    /// Shrinks what went wrong with registries of `maker`, as far as the same kind of thing goes
    /// wrong, and tells it by registries of `engine`, which do the same. Files begin with `stem`.
    pub fn of<M: Maker, W: Witness>(
        stem: &str,
        failed: &Failed,
        maker: &M,
        witness: &dyn Fn() -> W,
        engine: &dyn Fn() -> Box<dyn Engine>,
    ) -> Evidence {
        let kinds: Vec<String> = failed.failure.breaches.iter().map(|it| it.kind()).collect();
        let failure_of = |history: &History, rigour: Rigour| {
            let failure = run(maker, history, rigour, &mut witness()).failure?;
            failure.breaches.iter().any(|it| kinds.contains(&it.kind())).then_some(failure)
        };
        // What showed by trying at one step or at the end is looked for after every step.
        let plain = failure_of(&failed.history, Rigour::STEPS).is_some();
        let rigour = if plain { Rigour::STEPS } else { Rigour::FULL };
        let shrunk = shrink(&failed.history, &mut |it| failure_of(it, rigour).is_some());
        let failure = failure_of(&shrunk, rigour).unwrap_or_else(|| failed.failure.clone());

        let mut files = Vec::new();
        let fails = tell(stem, &shrunk, &failure, engine, &mut files);
        let unshrunk = format!("{stem}-unshrunk");
        tell(&unshrunk, &failed.history, &failed.failure, engine, &mut files);
        Evidence { shrunk, failure, files, scenario_fails: fails }
    }

    /// What a report says of it. `name` is that of the history, `files` are those written, into the
    /// folder `out`.
    pub fn wrong(&self, name: &str, failed: &Failed, out: &str, files: Vec<String>) -> Wrong {
        let of_kind = |end: &str| files.iter().find(|file| file.ends_with(end));
        let command = match of_kind(".scenario").filter(|_| self.scenario_fails == Some(true)) {
            Some(scenario) => replay(&self.shrunk, of_kind(".state.json"), scenario),
            None => format!("zkreg fuzz --corpus {out}"),
        };
        Wrong {
            history: name.to_owned(),
            step: failed.failure.step,
            steps: failed.history.steps.len(),
            command,
            breaches: self.failure.breaches.iter().map(ToString::to_string).collect(),
            shrunk_to: self.shrunk.steps.len(),
            scenario_fails: self.scenario_fails,
            files,
        }
    }
}

/// Writes a history down in every form. Returns whether its scenario fails.
fn tell(
    stem: &str,
    history: &History,
    failure: &Failure,
    engine: &dyn Fn() -> Box<dyn Engine>,
    files: &mut Vec<(String, String)>,
) -> Option<bool> {
    files.push((format!("{stem}.{EXTENSION}"), history.to_text()));
    match Story::of(history, Some(failure), &header(stem, history, failure), engine) {
        Ok(story) => {
            if let Some((image, _)) = &story.state {
                let state = json::export_to_string(image, Layout::Pretty);
                files.push((format!("{stem}.state.json"), state + "\n"));
            }
            files.push((format!("{stem}.scenario"), story.scenario.to_string()));
            Some(!matches!(story.replay(engine()), Ok(None)))
        }
        Err(reason) => {
            let text = format!("No scenario can say this: {reason}\n");
            files.push((format!("{stem}.no-scenario.txt"), text));
            None
        }
    }
}

/// The command that replays the scenario of `history`. `state` is the file of the state in which it
/// starts, if it does start in one.
fn replay(history: &History, state: Option<&String>, scenario: &str) -> String {
    match (&history.start.origin, state) {
        (super::Origin::Stored(_), Some(state)) => {
            let date = crate::step::Origin::shown(history.start.now);
            format!("zkreg replay --state {state} --as-of {date} {scenario}")
        }
        _ => format!("zkreg replay {scenario}"),
    }
}

/// What stands above a scenario.
fn header(stem: &str, history: &History, failure: &Failure) -> Vec<String> {
    let mut lines = vec!["Found by random histories. What is wrong:".to_owned()];
    lines.extend(failure.breaches.iter().map(|breach| format!("  {breach}")));
    if let super::Origin::Stored(_) = history.start.origin {
        lines.push("It starts from a state:".to_owned());
        let state = format!("{stem}.state.json");
        let command = replay(history, Some(&state), &format!("{stem}.scenario"));
        lines.push(format!("  {command}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{make, native};

    #[test]
    fn a_history_that_was_shrunk_to_an_empty_start_needs_no_state() {
        let maker = native();
        let histories: Vec<History> = (0..200).map(|seed| make(seed, &maker, 1)).collect();
        let is_stored = |it: &&History| matches!(it.start.origin, crate::fuzz::Origin::Stored(_));
        let stored = histories.iter().find(is_stored).expect("some start in a state");
        let created = histories.iter().find(|it| !is_stored(it)).expect("some do not");
        let state = Some("unshrunk.state.json".to_owned());

        assert_eq!(replay(created, state.as_ref(), "a.scenario"), "zkreg replay a.scenario");
        let command = replay(stored, state.as_ref(), "a.scenario");
        assert!(command.starts_with("zkreg replay --state unshrunk.state.json"), "{command}");
    }
}
