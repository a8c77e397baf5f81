//! The way to a violation, as a scenario.
//!
//! Each turn becomes a line, or more: a call under way is carried out, or fails, and then its callback
//! comes, which is told first what the contract would not say by itself. In a scenario the hash of a
//! transaction follows from what is sent and when. So a request that drew certain nodes stays as it is
//! if it draws them here, too; otherwise it asks for a version with which they are drawn: any that the
//! nodes satisfy would do. That makes another request of it, so whether the scenario still shows what
//! was found is tried ([`super::explore`]).

use std::fmt::Write as _;
use std::iter;

use pbc_contract_common::address::Address;
use zk_node_registry::{NodeJurisdictions, SemanticVersion};

use super::EngineFactory;
use super::point::UnderWay;
use super::small::{EE_VERSION, EXTENSION_GAS, SmallWorld, contract_name, node_name};
use super::turns::{Reply, Turn};
use crate::call::Call;
use crate::name::Name;
use crate::names::Names;
use crate::rpc;
use crate::scenario::Scenario;
use crate::step::{Fact, Origin, Step};
use crate::world::{Start, World};

/// How many versions are tried until the right nodes are drawn: one of 6 orders, at worst.
const MOST_TRIES: i32 = 500;

/// A scenario while it is written, with the world in which it happens.
pub(super) struct Story {
    world: World,
    names: Names,
    lines: Vec<String>,
    under_way: Vec<UnderWay>,
    now: i64,
}

impl Story {
    /// The beginning: the prelude, and then mail waits until it is delivered.
    pub(super) fn begin(small: &SmallWorld, engine: EngineFactory<'_>) -> Story {
        let given = |line: &String| match line.parse() {
            Ok(Step::Given(fact)) => Some(fact),
            _ => None,
        };
        let facts: Vec<Fact> = small.prelude.iter().filter_map(given).collect();
        let start = Start::of(&facts);
        let world = World::start(&start, engine()).expect("invariant: it has begun once");
        let mut names = Names::default();
        let nodes = (0..small.size.nodes).map(node_name);
        let contracts = (0..small.size.contracts).map(contract_name);
        let others = ["carl", "deploy", "voting", "registry"].map(str::to_owned);
        for text in nodes.clone().chain(contracts).chain(others) {
            let name: Name = text.parse().expect("invariant: a name of a small world is one");
            let address = world.known_address(&name);
            names.bind(name, address);
        }
        let under_way = Vec::new();
        let mut story = Story { world, names, lines: Vec::new(), under_way, now: small.now };
        for line in &small.prelude {
            story.line(line.clone());
        }
        for name in nodes.chain(["carl".to_owned()]) {
            story.line(format!("0d mail hold of {name}"));
        }
        story
    }

    /// How many lines have been written.
    pub(super) fn length(&self) -> usize {
        self.lines.len()
    }

    /// What has been written, under a header.
    pub(super) fn scenario(&self, header: &[String]) -> Scenario {
        let steps = self
            .lines
            .iter()
            .map(|line| line.parse::<Step>().expect("invariant: what was written can be read"));
        Scenario::of_steps(header.iter().map(String::as_str), steps)
    }

    /// The world as the lines so far have left it.
    #[cfg(test)]
    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// Tells of one more turn, taken at `point`. Calls that are refused there must be refused.
    pub(super) fn tell(&mut self, turn: &Turn, refused: Option<&str>) {
        match turn {
            Turn::Clock(now) => self.now = *now,
            Turn::Answer { place, reply } => {
                let it = self.under_way.remove(*place);
                let earlier =
                    self.under_way[..*place].iter().filter(|other| other.starter == it.starter);
                let nth = match earlier.count() {
                    0 => String::new(),
                    earlier => format!(" {}", earlier + 1),
                };
                let name = self.name(&it.starter);
                let verb = if *reply == Reply::Success { "deliver" } else { "fail" };
                let at = self.at();
                self.line(format!("{at} mail {verb} call of {name}{nth}"));
                if let Reply::Earlier(end) = reply {
                    let end = hex::encode(end.to_be_bytes());
                    self.line(format!("{at} mail tell callback of {name} success ok {end}"));
                }
                self.line(format!("{at} mail deliver callback of {name}"));
            }
            Turn::Call { sender, rpc, .. } => {
                let sender = self.name(sender);
                let refused = refused.map(|code| format!(" => {code}")).unwrap_or_default();
                let words = self.words(rpc);
                let at = self.at();
                self.line(format!("{at} {sender} {words}{refused}"));
            }
        }
    }

    /// Tells of a request that drew `engines` for `contract`, with the same engines if that can be
    /// had.
    pub(super) fn tell_draw(&mut self, turn: &Turn, contract: &Address, engines: &[Address]) {
        let Turn::Call { sender, rpc, .. } = turn else { return };
        let (Some(call), from) = (Call::decode(rpc), self.name(sender)) else { return };
        let at = self.at();
        let others = (0..MOST_TRIES.min(EE_VERSION)).map(|number| with_version(&call, number));
        for call in iter::once(call.clone()).chain(others) {
            let line = format!("{at} {from} {}", self.words(&call.encode()));
            let mut branch = self.world.clone();
            play(&mut branch, &line);
            let drawn = branch.records().computation(contract);
            if drawn.is_some_and(|work| work.nodes == engines) {
                return self.line(line);
            }
        }
        self.tell(turn, None);
    }

    /// Notes that what the last call sent is under way.
    pub(super) fn sent(&mut self, under_way: &[UnderWay]) {
        self.under_way = under_way.to_vec();
    }

    /// Notes that the last call, of `starter`, has sent a transfer.
    pub(super) fn sends(&mut self, starter: Address) {
        self.under_way.push(UnderWay { starter, callback: Vec::new() });
    }

    /// Adds a line, and carries it out.
    pub(super) fn line(&mut self, line: String) {
        play(&mut self.world, &line);
        self.lines.push(line);
    }

    /// The time, as scenarios say it.
    pub(super) fn at(&self) -> String {
        let moment = Origin::default().moment(self.now);
        moment.map_or_else(|| "0d".to_owned(), |moment| moment.to_string())
    }

    fn name(&self, address: &Address) -> String {
        self.names.name(address).map_or_else(|| format!("{address:x}"), ToString::to_string)
    }

    fn words(&self, rpc: &[u8]) -> String {
        let words = rpc::decode(rpc, &self.names, Origin::default()).ok().and_then(|it| it.words);
        let mut text = match words {
            Some(words) => words.to_string(),
            None => format!("sends {} to registry", hex::encode(rpc)),
        };
        if text.starts_with("extend ") {
            // Infallible: a string takes all text.
            let _ = write!(text, " gas {}", EXTENSION_GAS + 10_000);
        }
        text
    }
}

/// The same request, for a version that differs in the last number; 04, which asks for none, as 08.
fn with_version(call: &Call, number: i32) -> Call {
    let version = SemanticVersion { major: 4, minor: 9, patch: number };
    let mut call = call.clone();
    match &mut call {
        Call::RequestNodesV1 { zk_contract, number_of_nodes, total_stakes } => {
            return Call::RequestNodesV2 {
                zk_contract: *zk_contract,
                number_of_nodes: *number_of_nodes,
                total_stakes: *total_stakes,
                jurisdictions: NodeJurisdictions { node_jurisdictions: Vec::new() },
                required_protocol_version: version,
            };
        }
        Call::RequestNodesV2 { required_protocol_version, .. } => {
            *required_protocol_version = version;
        }
        Call::RequestNodes { required_ee_version, .. }
        | Call::ReRequest { required_ee_version, .. } => *required_ee_version = number,
        _ => {}
    }
    call
}

/// Carries out a line, whatever comes of it: the replay will say.
fn play(world: &mut World, line: &str) {
    let step: Step =
        line.parse().unwrap_or_else(|problem| panic!("invariant: `{line}`: {problem:?}"));
    if let Some(at) = step.at()
        && world.time_of(at).is_ok_and(|time| time != world.now())
    {
        // The time fits: it was that of a point.
        let _ = world.set_clock(at);
    }
    let _ = match &step {
        Step::Call(call) => world.perform(&call.actor, &call.action).map(|_| ()),
        Step::Mail(post) => world.handle(&post.handling),
        Step::Work(work) => world.take_turn(&work.actor, &work.turn),
        Step::Given(_) | Step::Expect(_) => Ok(()),
    };
}
