//! Who waits for what: groups for their calls, and calls for the callbacks of their contract.
//!
//! A *task* is all that is done for one call: its event, and the callbacks of what that event
//! sent, in turn. It ends when none of its groups is open, and its result then goes to the group
//! of the caller, if that has a callback.

use std::collections::BTreeMap;

use pbc_host::Callback;

use super::{CallResult, Event, Kind, Results, hashes};

/// The number of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TaskId(u64);

/// The number of a group that waits for its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupId(u64);

/// Where the result of a call goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) group: GroupId,
    pub(super) index: usize,
}

/// The task for which an event is executed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    /// A new one, whose result goes to the slot, if anybody waits for it.
    Begin(Option<Slot>),
    /// One that was waiting for this callback.
    Continue(TaskId),
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    id: TaskId,
    report: Option<Slot>,
    /// How many groups have yet to have their callback.
    open: usize,
}

#[derive(Clone, Debug)]
struct Group {
    /// The callback, complete but for its results.
    callback: Event,
    task: TaskId,
    results: Vec<Option<CallResult>>,
    missing: usize,
}

/// A callback whose calls have all ended.
pub(super) struct Due {
    pub(super) event: Event,
    pub(super) task: TaskId,
}

/// The tasks and groups that are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    last: u64,
    tasks: BTreeMap<TaskId, Task>,
    groups: BTreeMap<GroupId, Group>,
}

impl Waiting {
    /// Takes up the task of an event that is executed now.
    pub(super) fn take_up(&mut self, errand: Errand) -> Task {
        match errand {
            Errand::Begin(report) => Task { id: TaskId(self.number()), report, open: 0 },
            Errand::Continue(id) => {
                let mut task = self
                    .tasks
                    .remove(&id)
                    .expect("invariant: a task stays while a callback of it is under way");
                task.open -= 1;
                task
            }
        }
    }

    /// Notes that `event`, executed for `task`, sent a group of `calls` with `callback`.
    pub(super) fn open_group(
        &mut self,
        task: &mut Task,
        event: &Event,
        group: usize,
        callback: &Callback,
        gas: Option<u64>,
        calls: usize,
    ) -> GroupId {
        task.open += 1;
        let callback = Event {
            kind: Kind::Callback(Results::default()),
            from: event.from,
            to: event.to,
            starter: event.starter,
            rpc: callback.payload.clone(),
            gas,
            hash: hashes::event(&event.hash, group, None),
            original: event.original,
        };
        let group = Group { callback, task: task.id, results: vec![None; calls], missing: calls };
        let id = GroupId(self.number());
        self.groups.insert(id, group);
        id
    }

    /// Lays down a task of which the last event had this result. If nothing of it is open it has
    /// ended, and the callback for which its result was missing may be due.
    pub(super) fn lay_down(&mut self, task: Task, result: CallResult) -> Option<Due> {
        if task.open > 0 {
            self.tasks.insert(task.id, task);
            return None;
        }
        let slot = task.report?;
        let group = self.groups.get_mut(&slot.group).expect("invariant: it waits for this call");
        group.results[slot.index] = Some(result);
        group.missing -= 1;
        self.due(slot.group)
    }

    /// The callback of a group, if no result of its calls is missing. The group is then closed.
    pub(super) fn due(&mut self, id: GroupId) -> Option<Due> {
        if self.groups.get(&id)?.missing > 0 {
            return None;
        }
        self.groups.remove(&id).map(Group::due)
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Group {
    fn due(self) -> Due {
        let results = self.results.into_iter().map(Option::unwrap_or_default).collect();
        let mut event = self.callback;
        event.kind = Kind::Callback(Results::of(results));
        Due { event, task: self.task }
    }
}
