//! The names of all invariants and temporal properties, and what it looks like when one is broken.
//!
//! Source: `registry.md` 12.1 and 12.2.

use std::fmt;

/// By what a property is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// By one state alone, at least in part; and after each step for what it wrote.
    State,
    /// By a step: the state before, the call, the answer, the state after.
    Step,
    /// By a step and what the checker remembers of those before (ghosts).
    History,
    /// By trying it: real calls on a branch of the registry.
    Probe,
}

/// Makes the properties from one table.
macro_rules! properties {
    ($($constant:ident $id:literal $name:literal $shown:ident $statement:literal;)*) => {
        /// One invariant or temporal property.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Property(u8);

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Number { $($constant),* }

        impl Property {
            $(#[doc = $statement] pub const $constant: Property = Property(Number::$constant as u8);)*

            /// All of them, in the order of the specification.
            pub const ALL: &'static [Property] = &[$(Property::$constant),*];
        }

        const TABLE: &[(&str, &str, Shown, &str)] = &[$(($id, $name, Shown::$shown, $statement)),*];
    };
}

properties! {
    INV_01 "INV-01" "no negative amount" State "Free, reserved, incoming and outgoing tokens are 0 or more.";
    INV_02 "INV-02" "something in each part" State "Every allocation and every pending amount is above 0.";
    INV_03 "INV-03" "the whole fits" State "All tokens of a record together, in flight included, fit into an i64.";
    INV_04 "INV-04" "no empty record" State "No stored token record is empty.";
    INV_05 "INV-05" "books of an account" History "The total of an account is credits less debits plus restores.";
    INV_06 "INV-06" "books of the registry" History "What the registry owns at the token contract is what it has credited, and what is under way.";
    INV_07 "INV-07" "nothing in flight" History "Incoming and outgoing are what was sent and has not ended; 0 with no call in flight.";
    INV_08 "INV-08" "two sides of an allocation" State "A node has an allocation exactly where it is an engine.";
    INV_09 "INV-09" "equal shares" State "Each amount allocated is the share, and the shares cover the stakes with less than one unit each to spare.";
    INV_10 "INV-10" "engines" State "The nodes of a computation are distinct, 1 to 16, and active, with a token record.";
    INV_11 "INV-11" "times of releases" State "Pending times of a record are distinct, and each is the time of one of its releases.";
    INV_12 "INV-12" "swept when written" Step "Right after a write of a record none of its pending amounts is matured.";
    INV_13 "INV-13" "parts of the score" State "Allocated is success plus failure, all 0 or more.";
    INV_14 "INV-14" "started and ended" History "Below saturation, allocations started less those counted are those that run.";
    INV_15 "INV-15" "scores never fall" Step "The three counters of a node never fall.";
    INV_16 "INV-16" "identity and key" State "The identity is the key, an account; a public key is there exactly if the last enrolment asked for it.";
    INV_17 "INV-17" "bans and resignations" State "A ban is never lifted; a resigned node has no allocation.";
    INV_18 "INV-18" "no uninvited record" State "There is no record for an address that never enrolled or asked to associate.";
    INV_19 "INV-19" "the roster" State "The roster and its inverse have no gaps and hold exactly the nodes that may be drawn.";
    INV_20 "INV-20" "bounds" State "A token record has at most 1,000 entries, and endpoints are valid.";
    INV_21 "INV-21" "ends never fall" Step "The planned end never falls within one computation, re-requests included.";
    INV_22 "INV-22" "the root" State "Collaborators and settings never change; the root state has 121 bytes.";
    INV_23 "INV-23" "one encoding" State "Every state written is read and written back as the same bytes.";
    INV_24 "INV-24" "refused is untouched" Step "A refused call changes no byte and emits nothing; an answer is one or the other.";
    INV_25 "INV-25" "frame" Step "A call changes only records of the accounts and of the computation that it is about.";
    INV_26 "INV-26" "allocation" Step "An allocation moves one share from free to allocated, and nothing else moves between computations.";
    INV_27 "INV-27" "release" Step "A release moves each share to pending, now, and counts each allocation once.";
    INV_28 "INV-28" "sweep" Step "All matured amounts and no others leave pending, and become free.";
    INV_29 "INV-29" "conservation" Step "The total of an account changes only by credit, debit and restore.";
    INV_30 "INV-30" "eligible engines" Step "Each engine was eligible for its slot when chosen, and its reserve is free afterwards.";
    INV_31 "INV-31" "engines by slot" Step "Engines are distinct, and each is in the jurisdictions of its slot.";
    INV_32 "INV-32" "no feasible request fails" Step "not_enough_nodes is answered exactly when no complete assignment exists.";
    INV_33 "INV-33" "each transfer ends once" History "Each call in flight is credited, restored, or without effect, once.";
    T_01 "T-01" "lock" History "No unit leaves pending before 14 days have passed since its release.";
    T_02 "T-02" "availability" Probe "14 days after the release one 0b of the owner takes the tokens out, unless they work again.";
    T_03 "T-03" "prompt start" History "The 14 days start at the release, and nothing moves a clock that has started.";
    T_04 "T-04" "floor" History "Whoever has reserved everything gets no new allocation.";
    T_05 "T-05" "exit" Probe "With everything reserved, 14 days after the latest release one call takes everything out.";
    T_06 "T-06" "date" Probe "If contracts release at their end, the exit is possible at the date of the plan, and not before.";
    T_07 "T-07" "silence" Probe "One 20 releases the nodes of a deleted contract.";
    T_08 "T-08" "no delay" Probe "Disabling, resigning and expiring delay no exit.";
    T_09 "T-09" "no jam" Probe "Callbacks that do not come stop no later call of the account.";
    T_10 "T-10" "one outcome" History "An ended allocation is scored once; any further message finds no computation.";
    T_11 "T-11" "home" Probe "Expired stake that is free goes home by one 16 of anyone.";
    T_12 "T-12" "ban" History "A node once disabled is never chosen again.";
    T_13 "T-13" "extension" Step "07, 0e and their callbacks change the planned end only.";
    T_14 "T-14" "isolation" Probe "Nothing that others do makes an owner's 06, 0b, 13 or 17 fail.";
}

impl Property {
    /// The id, such as `INV-05`.
    pub fn id(self) -> &'static str {
        TABLE[usize::from(self.0)].0
    }

    /// The name, such as `books of an account`.
    pub fn name(self) -> &'static str {
        TABLE[usize::from(self.0)].1
    }

    /// By what it is checked.
    pub fn shown(self) -> Shown {
        TABLE[usize::from(self.0)].2
    }

    /// What holds, as a sentence.
    pub fn statement(self) -> &'static str {
        TABLE[usize::from(self.0)].3
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A place where a property does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Which property.
    pub property: Property,
    /// The record or call that breaks it, such as `staked_tokens[00a1…].free_tokens`.
    pub place: String,
    /// What was found.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
}

/// `INV-01: staked_tokens[00a1…].free_tokens: -1 is below 0; expected 0 or more`
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { property, place, found, expected } = self;
        match place.as_str() {
            "" => write!(f, "{property}: {found}; expected {expected}"),
            place => write!(f, "{property}: {place}: {found}; expected {expected}"),
        }
    }
}
