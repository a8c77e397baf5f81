//! Any step that can be written, for tests.

use std::num::NonZeroU32;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::action::{Jurisdictions, Verdict};
use crate::chain::CallResult;

/// Half of the names are few enough to meet again.
pub(crate) fn name() -> impl Strategy<Value = Name> {
    let few = "a|b|zk-[12]|pub-1|sys-1|registry|token|deploy|voting|producers";
    let many = "[a-z][a-z0-9_-]{0,9}|(zk|pub|sys)-[0-9]|0[0-4][0-9a-f]{40}";
    let named = prop_oneof![few, many];
    named.prop_filter_map("not a word of the language", |text: String| text.parse().ok())
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![any::<i64>(), Just(i64::MAX), Just(0), Just(750_000_000)]
        .prop_map(Amount::from_units)
}

fn balance() -> impl Strategy<Value = Amount> {
    (0..=i64::MAX).prop_map(Amount::from_units)
}

/// Early enough for block times that fit.
fn moment() -> impl Strategy<Value = Moment> {
    let millis = prop_oneof![0..i64::MAX / 2, (0..400i64).prop_map(|day| day * 86_400_000)];
    millis.prop_map(|millis| Moment::from_millis(millis).expect("not negative"))
}

fn version() -> impl Strategy<Value = Version> {
    any::<(i32, i32, i32)>().prop_map(|(major, minor, patch)| Version { major, minor, patch })
}

fn names() -> impl Strategy<Value = Vec<Name>> {
    vec(name(), 0..4)
}

fn statuses() -> impl Strategy<Value = Vec<(Name, Verdict)>> {
    vec((name(), select(&[Verdict::Success, Verdict::Failure][..])), 0..4)
}

fn jurisdictions() -> impl Strategy<Value = Jurisdictions> {
    vec(vec(any::<i32>(), 0..3), 0..3).prop_map(Jurisdictions)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just("https://a.example".to_owned()), "[\"#=> \\\\]{0,3}"]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        text().prop_map(|endpoint| Action::Register { endpoint }),
        text().prop_map(|endpoint| Action::SetEndpoint { endpoint }),
        version().prop_map(Action::SetVersion),
        any::<i32>().prop_map(Action::SetEeVersion),
        any::<i32>().prop_map(Action::SetJurisdiction),
        select(vec![Action::Resign, Action::Unlock, Action::DoneV1]),
        name().prop_map(Action::Disable),
        (amount(), of(moment()))
            .prop_map(|(amount, expires)| Action::Associate { amount, expires }),
        amount().prop_map(Action::Disassociate),
        amount().prop_map(Action::Reserve),
        of(moment()).prop_map(Action::Expire),
        name().prop_map(Action::SendHome),
        request(),
        statuses().prop_map(Action::DoneV2),
        name().prop_map(Action::Deleted),
        (name(), of(any::<u64>())).prop_map(|(contract, gas)| Action::Check { contract, gas }),
        (name(), of(any::<u64>())).prop_map(|(contract, gas)| Action::Extend { contract, gas }),
        balance().prop_map(Action::Approve),
        (balance(), name()).prop_map(|(amount, to)| Action::Transfer { amount, to }),
        (vec(any::<u8>(), 0..40), name()).prop_map(|(rpc, to)| Action::Raw { rpc, to }),
    ]
}

fn request() -> impl Strategy<Value = Action> {
    let numbers = (any::<i32>(), amount(), any::<i32>());
    let lists = (jurisdictions(), names(), statuses());
    (0..6, name(), version(), numbers, lists).prop_map(
        |(which, contract, version, (nodes, stake, ee_version), lists)| {
            let (jurisdictions, listed, statuses) = lists;
            match which {
                0 => Action::RequestDrawnV1 { contract, nodes, stake },
                1 => Action::RequestDrawnV2 { contract, nodes, stake, version, jurisdictions },
                2 => Action::RequestListedFor { contract, stake, version, listed },
                3 => Action::RequestListed { stake, ee_version, listed },
                4 => Action::RequestDrawn { nodes, stake, ee_version, jurisdictions },
                _ => {
                    Action::ReRequest { nodes, stake, ee_version, jurisdictions, listed, statuses }
                }
            }
        },
    )
}

pub(crate) fn fact() -> impl Strategy<Value = Fact> {
    let clock = (0..=253_402_207_200_999i64).prop_map(|millis| Fact::Clock(Origin(millis)));
    prop_oneof![
        clock,
        amount().prop_map(Fact::MinNodeStake),
        amount().prop_map(Fact::MinTotalStakes),
        any::<bool>().prop_map(|required| Fact::BlockProducers { required }),
        (name(), of(any::<i32>()))
            .prop_map(|(who, jurisdiction)| Fact::Produces { who, jurisdiction }),
        (name(), balance(), any::<bool>()).prop_map(|(who, amount, approved)| Fact::Holds {
            who,
            amount,
            approved
        }),
        (name(), balance()).prop_map(|(who, amount)| Fact::Approved { who, amount }),
        (name(), 0..=4u8, prop_oneof![Just([7; 20]), any::<[u8; 20]>()]).prop_map(
            |(who, kind, rest)| {
                let mut address = [kind; 21];
                address[1..].copy_from_slice(&rest);
                Fact::Address { who, address }
            }
        ),
    ]
}

fn item(kinds: &'static [ItemKind]) -> impl Strategy<Value = Item> {
    let nth = prop_oneof![Just(NonZeroU32::MIN), any::<NonZeroU32>()];
    (select(kinds), name(), nth).prop_map(|(kind, of, nth)| Item { kind, of, nth })
}

fn handling() -> impl Strategy<Value = Handling> {
    const ANY: &[ItemKind] = &[ItemKind::Call, ItemKind::Transfer, ItemKind::Callback];
    prop_oneof![
        select(vec![Scope::Everything, Scope::Callbacks, Scope::Calls]).prop_map(Handling::Hold),
        name().prop_map(|name| Handling::Hold(Scope::To(name))),
        name().prop_map(|name| Handling::Hold(Scope::Of(name))),
        select(vec![
            Handling::Release,
            Handling::Deliver(Pick::Next),
            Handling::Deliver(Pick::All)
        ]),
        item(ANY).prop_map(|item| Handling::Deliver(Pick::Item(item))),
        item(&[ItemKind::Call, ItemKind::Transfer]).prop_map(Handling::Fail),
        item(&[ItemKind::Callback]).prop_map(Handling::Starve),
        item(ANY).prop_map(Handling::Repeat),
        (item(&[ItemKind::Callback]), told())
            .prop_map(|(item, results)| Handling::Tell(item, results)),
    ]
}

fn told() -> impl Strategy<Value = Results> {
    let result = (any::<bool>(), vec(any::<u8>(), 0..5))
        .prop_map(|(succeeded, return_data)| CallResult { succeeded, return_data });
    (any::<bool>(), vec(result, 0..3)).prop_map(|(success, results)| Results { success, results })
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        select(&Status::ALL[..]).prop_map(Turn::Becomes),
        kind().prop_map(Turn::Awaits),
        (name(), kind()).prop_map(|(node, kind)| Turn::Owes(node, kind)),
        (kind(), name()).prop_map(|(kind, contract)| Turn::Settles(kind, contract)),
        select(vec![Turn::ReachesDeadline, Turn::DeletesItself, Turn::RunsOutOfGas]),
        name().prop_map(Turn::CannotCreate),
        name().prop_map(Turn::CanCreate),
    ]
}

fn kind() -> impl Strategy<Value = WorkKind> {
    select(&WorkKind::ALL[..])
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let buckets = proptest::sample::subsequence(Bucket::ALL.to_vec(), 1..=7).prop_shuffle();
    let amounts = (buckets, any::<[i64; 7]>()).prop_map(|(buckets, units)| {
        buckets.into_iter().zip(units.map(Amount::from_units)).collect::<Vec<_>>()
    });
    prop_oneof![
        (name(), amounts).prop_map(|(who, amounts)| Expectation::Buckets { who, amounts }),
        (name(), vec((amount(), moment()), 1..4))
            .prop_map(|(who, dates)| Expectation::Unlocks { who, dates }),
        name().prop_map(Expectation::NoRecord),
        (name(), of(moment())).prop_map(|(who, at)| Expectation::Expires(who, at)),
        (name(), balance()).prop_map(|(who, amount)| Expectation::Holds(who, amount)),
        (name(), select(&Standing::ALL[..]))
            .prop_map(|(who, standing)| Expectation::Standing(who, standing)),
        (name(), any::<(i32, i32, i32)>()).prop_map(|(who, (allocated, success, failure))| {
            Expectation::Score { who, allocated, success, failure }
        }),
        (name(), text()).prop_map(|(who, text)| Expectation::Endpoint(who, text)),
        (name(), of(version())).prop_map(|(who, version)| Expectation::Version(who, version)),
        (name(), any::<i32>()).prop_map(|(who, version)| Expectation::EeVersion(who, version)),
        (name(), any::<i32>()).prop_map(|(who, code)| Expectation::Jurisdiction(who, code)),
        (name(), names()).prop_map(|(contract, nodes)| Expectation::Engines(contract, nodes)),
        (name(), any::<u32>()).prop_map(|(who, count)| Expectation::EngineCount(who, count)),
        (name(), amount()).prop_map(|(contract, share)| Expectation::Share(contract, share)),
        (name(), of(moment())).prop_map(|(contract, at)| Expectation::End(contract, at)),
        name().prop_map(Expectation::NoComputation),
        (name(), select(&Status::ALL[..]))
            .prop_map(|(contract, status)| Expectation::Status(contract, status)),
        (name(), of(moment())).prop_map(|(contract, at)| Expectation::Deadline(contract, at)),
        (name(), name(), vec(kind(), 0..5)).prop_map(|(who, contract, items)| Expectation::Owes {
            who,
            contract,
            items
        }),
        names().prop_map(Expectation::Roster),
        any::<u32>().prop_map(Expectation::Mail),
    ]
}

fn refused() -> impl Strategy<Value = Option<Code>> {
    of("[a-z][a-z_]{0,30}".prop_map(|code| code.parse().expect("a code")))
}

pub(crate) fn timed_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (moment(), name(), action(), refused()).prop_map(|(at, actor, action, refused)| {
            Step::Call(Call { at, actor, action, refused })
        }),
        (moment(), handling(), refused()).prop_map(|(at, handling, refused)| Step::Mail(Post {
            at,
            handling,
            refused
        })),
        (moment(), name(), turn(), refused()).prop_map(|(at, actor, turn, refused)| {
            Step::Work(Work { at, actor, turn, refused })
        }),
        (moment(), expectation())
            .prop_map(|(at, expectation)| Step::Expect(Check { at, expectation })),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![1 => fact().prop_map(Step::Given), 3 => timed_step()]
}
