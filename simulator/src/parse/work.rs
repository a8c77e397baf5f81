//! What happens at ZK contracts and at a deployment.

use super::words::{Input, Parsed, Word, keyword, name, word};
use crate::name::Name;
use crate::neighbours::{Status, WorkKind};
use crate::step::Turn;

/// The words with which a turn begins.
pub(super) const VERBS: [&str; 9] =
    ["awaits", "becomes", "can", "cannot", "deletes", "owes", "reaches", "runs", "settles"];

/// What happens, if the verb that was read begins a turn.
pub(super) fn turn(verb: &str, input: &mut Input<'_>) -> Option<Parsed<Turn>> {
    let turn = match verb {
        "becomes" => status(input).map(Turn::Becomes),
        "awaits" => kind(input).map(Turn::Awaits),
        "owes" => owes(input),
        "settles" => settles(input),
        "reaches" => keyword("deadline")(input).map(|()| Turn::ReachesDeadline),
        "deletes" => keyword("itself")(input).map(|()| Turn::DeletesItself),
        "runs" => ["out", "of", "gas"]
            .into_iter()
            .try_for_each(|next| keyword(next)(input))
            .map(|()| Turn::RunsOutOfGas),
        "cannot" => created(input).map(Turn::CannotCreate),
        "can" => created(input).map(Turn::CanCreate),
        _ => return None,
    };
    Some(turn)
}

/// A calculation status.
pub(super) fn status(input: &mut Input<'_>) -> Parsed<Status> {
    let status = word("a calculation status", input)?;
    let found = Status::ALL.into_iter().find(|it| it.word() == status.text);
    found.ok_or_else(|| status.unknown("calculation status", Status::ALL.map(Status::word)))
}

fn kind(input: &mut Input<'_>) -> Parsed<WorkKind> {
    kind_of(word("a kind of work", input)?)
}

/// The kind of work that `kind` spells.
pub(super) fn kind_of(kind: Word<'_>) -> Parsed<WorkKind> {
    let found = WorkKind::ALL.into_iter().find(|it| it.word() == kind.text);
    found.ok_or_else(|| kind.unknown("kind of work", WorkKind::ALL.map(WorkKind::word)))
}

fn owes(input: &mut Input<'_>) -> Parsed<Turn> {
    let node = name(input)?;
    Ok(Turn::Owes(node, kind(input)?))
}

fn settles(input: &mut Input<'_>) -> Parsed<Turn> {
    let kind = kind(input)?;
    keyword("of")(input)?;
    Ok(Turn::Settles(kind, name(input)?))
}

fn created(input: &mut Input<'_>) -> Parsed<Name> {
    keyword("create")(input)?;
    name(input)
}
