//! One line of a scenario: parse and print.
//!
//! `FromStr` and `Display` are inverse. A step prints with single spaces; a whole file is printed in
//! columns by [`crate::scenario`].

use std::num::NonZeroU32;

use crate::action::Action;
use crate::chain::Results;
use crate::name::{AddressBytes, Name};
use crate::neighbours::{Status, WorkKind};
use crate::quantity::{Amount, Moment, Version, number};

mod text;
mod work;

pub use self::work::{Turn, Work};

/// One line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The start: settings, holdings, approvals, producers.
    Given(Fact),
    /// Who does what, and what must be answered.
    Call(Call),
    /// What becomes of the calls and callbacks under way.
    Mail(Post),
    /// What happens at the contracts around the registry.
    Work(Work),
    /// What must hold now: buckets, scores, engines.
    Expect(Check),
}

/// `1d alice associate 75_000`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Time since the scenario began.
    pub at: Moment,
    /// Who sends it.
    pub actor: Name,
    /// What is sent.
    pub action: Action,
    /// The refusal code that must come back; `None` if the call must be accepted.
    pub refused: Option<Code>,
}

/// `1d mail deliver callback of alice`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Time since the scenario began.
    pub at: Moment,
    /// What becomes of what.
    pub handling: Handling,
    /// The refusal code with which what is delivered must be answered, if it must be refused.
    pub refused: Option<Code>,
}

/// `44d expect alice total 0`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Time since the scenario began.
    pub at: Moment,
    /// What must hold then.
    pub expectation: Expectation,
}

/// Part of the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `given clock 2025-01-01T00:00:00Z`: what `0d` is, in milliseconds since 1970.
    Clock(Origin),
    /// `given settings min-node-stake 0`
    MinNodeStake(Amount),
    /// `given settings min-total-stakes 0`
    MinTotalStakes(Amount),
    /// `given settings block-producers required`, or `not required`
    BlockProducers {
        /// Whether registering asks for the producer information.
        required: bool,
    },
    /// `given alice produces blocks`, `given alice produces blocks jurisdiction 208`
    Produces {
        /// The block producer.
        who: Name,
        /// The country code of its server; 0, unknown, if not said.
        jurisdiction: Option<i32>,
    },
    /// `given alice holds 75_000`, `given alice holds 75_000 approved`. Never negative.
    Holds {
        /// Whose balance at the stake token.
        who: Name,
        /// How much.
        amount: Amount,
        /// Whether the registry may take it.
        approved: bool,
    },
    /// `given alice approved 50_000`: how much the registry may take. Never negative.
    Approved {
        /// Whose tokens.
        who: Name,
        /// How much.
        amount: Amount,
    },
    /// `given alice is 00a1…`: the address behind a name.
    Address {
        /// The name.
        who: Name,
        /// Its address.
        address: AddressBytes,
    },
}

/// What `0d` is: a time in milliseconds since 1970, never earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(i64);

/// What becomes of the calls and callbacks that are under way between contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handling {
    /// `hold`: from now on what fits the scope waits until a later line delivers it.
    Hold(Scope),
    /// `release`: nothing is held any longer, and everything under way is delivered.
    Release,
    /// `deliver next`, `deliver all`, `deliver callback of alice`
    Deliver(Pick),
    /// `fail transfer of alice`: its receiver does not carry it out; a callback learns of that.
    Fail(Item),
    /// `starve callback of alice`: it runs out of gas and is lost.
    Starve(Item),
    /// `repeat callback of alice`: it is delivered twice.
    Repeat(Item),
    /// `tell callback of alice success ok 00ff`: what a callback will be told when it is delivered,
    /// whatever really happened.
    Tell(Item, Results),
}

/// Which mail is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Everything,
    /// `callbacks`
    Callbacks,
    /// `calls`: all that is no callback.
    Calls,
    /// `to token`
    To(Name),
    /// `of alice`: what began with a call of this sender.
    Of(Name),
}

/// Which mail is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The oldest.
    Next,
    /// All, and what comes of it.
    All,
    /// This one, before what is older.
    Item(Item),
}

/// One call or callback under way: `callback of alice`, `transfer of alice 2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Whose call it began with.
    pub of: Name,
    /// Which of several that fit, the oldest first; 1 if not said.
    pub nth: NonZeroU32,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A call to the token contract.
    Transfer,
    /// Any call between contracts.
    Call,
    /// A callback.
    Callback,
}

/// What must hold at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `alice free 74_500 allocated 500`: any of the buckets, each at most once.
    Buckets {
        /// Whose token record; without one all buckets are 0.
        who: Name,
        /// What must be in which.
        amounts: Vec<(Bucket, Amount)>,
    },
    /// `alice unlocks 500 at 34d 25 at 35d`: what is pending, by date.
    Unlocks {
        /// Whose token record.
        who: Name,
        /// How much becomes free when.
        dates: Vec<(Amount, Moment)>,
    },
    /// `alice no record`: there is no token record.
    NoRecord(Name),
    /// `alice expires 30d`, `alice expires never`
    Expires(Name, Option<Moment>),
    /// `alice holds 75_000`: the balance at the stake token.
    Holds(Name, Amount),
    /// `alice registered`, `resigned`, `disabled`, `unknown`
    Standing(Name, Standing),
    /// `alice score 2 success 1 failure 1`
    Score {
        /// Whose node record.
        who: Name,
        /// Completed allocations.
        allocated: i32,
        /// Those with success.
        success: i32,
        /// Those with failure.
        failure: i32,
    },
    /// `alice endpoint https://alice.example`
    Endpoint(Name, String),
    /// `alice version 4.10.0`, `alice version unknown`
    Version(Name, Option<Version>),
    /// `alice ee-version 3`
    EeVersion(Name, i32),
    /// `alice jurisdiction 208`
    Jurisdiction(Name, i32),
    /// `zk-1 engines alice bob`, in engine order
    Engines(Name, Vec<Name>),
    /// `zk-1 engines 4`
    EngineCount(Name, u32),
    /// `zk-1 share 500`: what each engine has allocated.
    Share(Name, Amount),
    /// `zk-1 end 29d`, `zk-1 end unknown`: the allocation end date.
    End(Name, Option<Moment>),
    /// `zk-1 no computation`
    NoComputation(Name),
    /// `zk-1 status calculating`: the calculation status of a ZK contract.
    Status(Name, Status),
    /// `zk-1 deadline 29d`: what the ZK contract itself takes for its deadline.
    Deadline(Name, Option<Moment>),
    /// `n3 owes zk-1 open attestation`, `n3 owes zk-1 nothing`: what a node has not done yet.
    Owes {
        /// The node.
        who: Name,
        /// The ZK contract for which it works.
        contract: Name,
        /// One word an item, in any order.
        items: Vec<WorkKind>,
    },
    /// `roster alice bob`, in any order
    Roster(Vec<Name>),
    /// `mail 2`: how many calls and callbacks are under way.
    Mail(u32),
}

/// A place where tokens are, or are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Free, allocated and pending together.
    Total,
    /// Free, matured tokens included.
    Free,
    /// With computations.
    Allocated,
    /// Released less than 14 days ago.
    Pending,
    /// The floor under the free tokens.
    Reserved,
    /// On their way in.
    Incoming,
    /// On their way out.
    Outgoing,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Active and not banned.
    Registered,
    /// Resigned, and not registered again.
    Resigned,
    /// Banned.
    Disabled,
    /// It never registered.
    Unknown,
}

/// A refusal code: lower-case words joined by underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Bucket {
    /// All buckets, in the order in which reports show them.
    pub const ALL: [Bucket; 7] = [
        Bucket::Total,
        Bucket::Free,
        Bucket::Allocated,
        Bucket::Pending,
        Bucket::Reserved,
        Bucket::Incoming,
        Bucket::Outgoing,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Bucket::Total => "total",
            Bucket::Free => "free",
            Bucket::Allocated => "allocated",
            Bucket::Pending => "pending",
            Bucket::Reserved => "reserved",
            Bucket::Incoming => "incoming",
            Bucket::Outgoing => "outgoing",
        }
    }
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 4] =
        [Standing::Registered, Standing::Resigned, Standing::Disabled, Standing::Unknown];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Registered => "registered",
            Standing::Resigned => "resigned",
            Standing::Disabled => "disabled",
            Standing::Unknown => "unknown",
        }
    }
}

impl Origin {
    /// 2025-01-01T00:00:00Z, where scenarios begin that do not say when.
    pub const DEFAULT: Origin = Origin(1_735_689_600_000);

    /// The time in milliseconds since 1970; `None` if it is earlier.
    pub const fn from_millis(millis: i64) -> Option<Origin> {
        if millis < 0 { None } else { Some(Origin(millis)) }
    }

    /// The time that `text` says, as a UTC date or in milliseconds since 1970; `None` if it is
    /// neither, or earlier or later than dates can be.
    pub fn from_date_or_millis(text: &str) -> Option<Origin> {
        let Some(millis) = number::<i64>(text) else { return text.parse().ok() };
        Origin::from_millis(millis).filter(|time| time.has_date())
    }

    /// Whether the calendar has a date for it: it ends with the year 9999.
    pub fn has_date(self) -> bool {
        jiff::Timestamp::from_millisecond(self.0).is_ok()
    }

    /// A time in milliseconds since 1970 as a UTC date, whatever it is.
    pub fn shown(millis: i64) -> String {
        Origin(millis).to_string()
    }

    /// Milliseconds since 1970; never negative.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The chain time of `moment`, in milliseconds since 1970; `None` if it does not fit.
    pub fn plus(self, moment: Moment) -> Option<i64> {
        self.0.checked_add(moment.millis())
    }

    /// The moment of a chain time; `None` if it lies before the start.
    pub fn moment(self, millis: i64) -> Option<Moment> {
        millis.checked_sub(self.0).and_then(Moment::from_millis)
    }
}

impl Default for Origin {
    fn default() -> Origin {
        Origin::DEFAULT
    }
}

impl Code {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Step {
    /// When it happens; `None` for the start.
    pub fn at(&self) -> Option<Moment> {
        match self {
            Step::Given(_) => None,
            Step::Call(Call { at, .. })
            | Step::Mail(Post { at, .. })
            | Step::Work(Work { at, .. })
            | Step::Expect(Check { at, .. }) => Some(*at),
        }
    }

    /// The first column: when, or `given`.
    pub fn when(&self) -> String {
        self.at().map_or_else(|| "given".to_owned(), |at| at.to_string())
    }

    /// The second column: who acts, `mail`, `expect`, or what is given.
    pub fn who(&self) -> &str {
        match self {
            Step::Given(fact) => fact.subject(),
            Step::Call(call) => call.actor.as_str(),
            Step::Mail(_) => "mail",
            Step::Work(work) => work.actor.as_str(),
            Step::Expect(_) => "expect",
        }
    }

    /// The third column: what is done, given or expected.
    pub fn what(&self) -> String {
        match self {
            Step::Given(fact) => fact.predicate(),
            Step::Call(call) => call.action.to_string(),
            Step::Mail(post) => post.handling.to_string(),
            Step::Work(work) => work.turn.to_string(),
            Step::Expect(check) => check.expectation.to_string(),
        }
    }

    /// The refusal code that must come back.
    pub fn refused(&self) -> Option<&Code> {
        match self {
            Step::Call(call) => call.refused.as_ref(),
            Step::Mail(post) => post.refused.as_ref(),
            Step::Work(work) => work.refused.as_ref(),
            Step::Given(_) | Step::Expect(_) => None,
        }
    }
}

impl Fact {
    fn subject(&self) -> &str {
        match self {
            Fact::Clock(_) => "clock",
            Fact::MinNodeStake(_) | Fact::MinTotalStakes(_) | Fact::BlockProducers { .. } => {
                "settings"
            }
            Fact::Produces { who, .. }
            | Fact::Holds { who, .. }
            | Fact::Approved { who, .. }
            | Fact::Address { who, .. } => who.as_str(),
        }
    }

    fn predicate(&self) -> String {
        match self {
            Fact::Clock(origin) => origin.to_string(),
            Fact::MinNodeStake(amount) => format!("min-node-stake {amount}"),
            Fact::MinTotalStakes(amount) => format!("min-total-stakes {amount}"),
            Fact::BlockProducers { required: true } => "block-producers required".to_owned(),
            Fact::BlockProducers { required: false } => "block-producers not required".to_owned(),
            Fact::Produces { jurisdiction: None, .. } => "produces blocks".to_owned(),
            Fact::Produces { jurisdiction: Some(code), .. } => {
                format!("produces blocks jurisdiction {code}")
            }
            Fact::Holds { amount, approved: false, .. } => format!("holds {amount}"),
            Fact::Holds { amount, approved: true, .. } => format!("holds {amount} approved"),
            Fact::Approved { amount, .. } => format!("approved {amount}"),
            Fact::Address { address, .. } => format!("is {}", hex::encode(address)),
        }
    }
}

#[cfg(test)]
pub(crate) mod arbitrary;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_line_can_be_read_and_is_printed_as_it_was() {
        let lines = include_str!("step/lines.txt");
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let step: Step = line.parse().unwrap_or_else(|problem| panic!("{line}: {problem}"));
            assert_eq!(step.to_string(), line);
        }
    }

    #[test]
    fn a_comment_after_a_step_is_no_part_of_it() {
        assert_eq!("0d alice unlock # at last".parse::<Step>(), "0d alice unlock".parse());
        assert!("# nothing".parse::<Step>().is_err());
        assert!("".parse::<Step>().is_err());
    }

    #[test]
    fn an_endpoint_may_hold_any_text() {
        let step: Step = r##"0d alice register "" "##.parse().unwrap();
        assert_eq!(step.what(), r#"register """#);
        let step: Step = "0d alice register https://a#b".parse().unwrap();
        assert_eq!(step.what(), "register https://a#b");
        let step: Step = "0d alice register \"æ \u{7}\\u{7}\\\"\" => x".parse().unwrap();
        assert_eq!(step.what(), r#"register "\u{e6} \u{7}\u{7}\"""#);
    }

    #[test]
    fn dates_are_read_from_1970_on_to_the_millisecond() {
        assert_eq!("1970-01-01T00:00:00Z".parse(), Ok(Origin(0)));
        assert_eq!("2025-01-01T00:00:00.001Z".parse(), Ok(Origin(1_735_689_600_001)));
        assert_eq!("2025-01-01T00:00:00Z".parse(), Ok(Origin::DEFAULT));
        for text in ["2025-01-01T00:00:00Z", "1735689600000"] {
            assert_eq!(Origin::from_date_or_millis(text), Some(Origin::DEFAULT), "{text}");
        }
        for text in ["", "tomorrow", "2025-01-01", "-1", "1_735", "9223372036854775807"] {
            assert_eq!(Origin::from_date_or_millis(text), None, "{text}");
        }
        for text in ["1969-12-31T23:59:59.999Z", "2025-01-01T00:00:00.0001Z", "2025-01-01", "x"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn chain_times_and_moments_are_inverse_from_the_start_on() {
        let day = Moment::from_millis(86_400_000).unwrap();
        assert_eq!(Origin(5).plus(day), Some(86_400_005));
        assert_eq!(Origin(5).moment(86_400_005), Some(day));
        assert_eq!(Origin(5).moment(4), None);
        assert_eq!(Origin(1).plus(Moment::MAX), None);
    }

    proptest! {
        #[test]
        fn steps_print_and_parse_to_themselves(step in arbitrary::step()) {
            let line = step.to_string();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(line.parse(), Ok(step), "{}", line);
        }

        #[test]
        fn any_text_gives_a_step_or_a_problem_within_it(text: String) {
            match text.parse::<Step>() {
                Ok(step) => prop_assert_eq!(step.to_string().parse(), Ok(step)),
                Err(problem) => prop_assert!(text.get(problem.span.clone()).is_some(), "{:?}", problem),
            }
        }
    }
}
