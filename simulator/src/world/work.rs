//! What happens at ZK contracts and at a deployment, and what they send to the registry then.

use pbc_contract_common::address::{Address, AddressType};

use super::{BadStep, World};
use crate::name::Name;
use crate::neighbours::{ServedContract, Status, WorkError};
use crate::step::{Origin, Turn};

impl World {
    /// Lets `turn` happen, done by `actor`, and delivers all that comes of it but what is held.
    ///
    /// # Errors
    ///
    /// [`BadStep::Work`]; then nothing has happened. [`BadStep::Endless`].
    pub fn take_turn(&mut self, actor: &Name, turn: &Turn) -> Result<(), BadStep> {
        if let Turn::CannotCreate(served) | Turn::CanCreate(served) = turn {
            return self.prepare_creation(actor, served, matches!(turn, Turn::CannotCreate(_)));
        }
        let place = turn.place(actor).expect("invariant: all but deployments have a place");
        let now = self.now();
        let node = match turn {
            Turn::Owes(node, _) => self.address(node),
            _ => self.address(actor),
        };
        let served = self.with_binder(place)?;
        let message = match turn {
            Turn::Becomes(Status::Waiting) => served.compute(false).map(|()| None),
            Turn::Becomes(Status::Calculating) => served.compute(true).map(|()| None),
            Turn::Becomes(Status::Malicious) => served.finish(true).map(Some),
            Turn::Becomes(Status::Done) => served.finish(false).map(Some),
            Turn::Awaits(kind) => served.await_all(*kind).map(|()| None),
            Turn::Owes(_, kind) => served.await_one(node, *kind).map(|()| None),
            Turn::Settles(kind, _) => served.settle(node, *kind).map(|()| None),
            Turn::ReachesDeadline => served.reach_deadline(now).map(Some),
            Turn::DeletesItself => served.delete().map(Some),
            Turn::RunsOutOfGas => served.starve().map(|()| None),
            Turn::CannotCreate(_) | Turn::CanCreate(_) => Ok(None),
        };
        match message {
            Ok(None) => Ok(()),
            Ok(Some(rpc)) => {
                let (from, registry) = (self.address(place), self.registry);
                self.send(from, registry, rpc, None);
                self.run()
            }
            Err(error) => Err(BadStep::Work(self.explained(place, error))),
        }
    }

    fn prepare_creation(
        &mut self,
        actor: &Name,
        served: &Name,
        fails: bool,
    ) -> Result<(), BadStep> {
        if self.address(actor) != self.deploy {
            return Err(BadStep::Work(format!("{actor} deploys nothing: `deploy` does")));
        }
        let served = self.address(served);
        self.deploy_mut().let_creation_fail(served, fails);
        Ok(())
    }

    /// The ZK contract `name`.
    fn with_binder(&mut self, name: &Name) -> Result<&mut ServedContract, BadStep> {
        let address = self.address(name);
        let has_binder = address.address_type == AddressType::ZkContract;
        let served = self.chain.neighbour_mut(&address).filter(|_| has_binder);
        served.ok_or_else(|| BadStep::Work(format!("{name} is no ZK contract")))
    }

    /// The reason as a sentence, with names.
    fn explained(&self, contract: &Name, error: WorkError) -> String {
        let name = |node: &Address| {
            self.name(node).map_or_else(|| format!("{node:x}"), ToString::to_string)
        };
        match error {
            WorkError::Deleted => format!("{contract} is gone"),
            WorkError::NoEngines => format!("{contract} has no nodes"),
            WorkError::Over => format!("the work of {contract} is over"),
            WorkError::NotAnEngine(node) => format!("{} does not work for {contract}", name(&node)),
            WorkError::OwesNone(node, kind) => {
                format!("{} owes {contract} no {kind}", name(&node))
            }
            WorkError::BeforeDeadline(deadline) => {
                let moment = Origin::from_millis(self.origin).and_then(|it| it.moment(deadline));
                let at = moment.map_or_else(|| Origin::shown(deadline), |at| at.to_string());
                format!("the deadline of {contract} is {at}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::NativeEngine;
    use crate::step::Step;
    use crate::world::Start;

    /// The world after these lines, each of which must be possible.
    fn world(lines: &str) -> World {
        let steps: Vec<Step> =
            lines.lines().map(|line| line.trim().parse().expect("a step")).collect();
        let facts = steps.iter().filter_map(|step| match step {
            Step::Given(fact) => Some(fact),
            _ => None,
        });
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let mut world = World::start(&Start::of(facts), engine).expect("good settings");
        for step in &steps {
            play(&mut world, step).unwrap_or_else(|bad| panic!("{step}: {bad}"));
        }
        world
    }

    fn play(world: &mut World, step: &Step) -> Result<(), BadStep> {
        if let Some(at) = step.at() {
            world.set_clock(at)?;
        }
        match step {
            Step::Call(call) => world.perform(&call.actor, &call.action).map(|_| ()),
            Step::Mail(post) => world.handle(&post.handling),
            Step::Work(work) => world.take_turn(&work.actor, &work.turn),
            Step::Given(_) | Step::Expect(_) => Ok(()),
        }
    }

    /// n1 works for zk-1 from day 1 to day 29, and for pub-1.
    const WORKING: &str = "given settings block-producers not required
                           given n1 holds 75_000 approved
                           0d n1 register https://n1.example
                           0d n1 associate 75_000
                           1d deploy request zk-1 nodes 1 stake 2_000
                           1d pub-1 request stake 2_000 ee-version 0 of n1";

    #[test]
    fn what_cannot_happen_is_a_bad_step_with_its_reason() {
        let table = [
            ("28d zk-1 reaches deadline", "the deadline of zk-1 is 29d"),
            ("2d zk-1 owes n2 open", "n2 does not work for zk-1"),
            ("2d n1 settles open of zk-1", "n1 owes zk-1 no open"),
            ("2d zk-2 awaits open", "zk-2 has no nodes"),
            ("2d pub-1 becomes done", "pub-1 is no ZK contract"),
            ("2d n1 becomes done", "n1 is no ZK contract"),
            ("2d voting cannot create zk-1", "voting deploys nothing: `deploy` does"),
        ];
        for (line, reason) in table {
            let step = line.parse().expect("a step");
            let bad = play(&mut world(WORKING), &step).expect_err(line);
            assert_eq!(bad.to_string(), reason, "{line}");
        }
    }

    #[test]
    fn a_verdict_of_its_own_code_ends_the_work_too() {
        let mut world = world(WORKING);
        play(&mut world, &"2d zk-1 done n1 failure".parse().expect("a step")).expect("possible");

        let bad = play(&mut world, &"2d zk-1 awaits open".parse().expect("a step"));

        assert_eq!(bad, Err(BadStep::Work("the work of zk-1 is over".to_owned())));
    }

    #[test]
    fn a_question_after_the_deadline_makes_the_contract_report_its_end() {
        let mut world = world(WORKING);
        for line in ["2d zk-1 owes n1 attestation", "28d23:59:59.999 n1 check zk-1"] {
            play(&mut world, &line.parse().expect("a step")).expect("possible");
        }
        let zk_1 = world.known_address(&"zk-1".parse().expect("a name"));
        let n1 = world.known_address(&"n1".parse().expect("a name"));
        assert!(world.records().computation(&zk_1).is_some());

        play(&mut world, &"29d n1 check zk-1".parse().expect("a step")).expect("possible");

        assert!(world.records().computation(&zk_1).is_none());
        let score = world.records().node(&n1).expect("it registered").score;
        assert_eq!((score.success_score, score.failure_score), (0, 1));
        assert!(world.log().iter().all(|it| it.outcome.is_accepted()), "{:?}", world.log());
    }

    #[test]
    fn creation_fails_for_the_contract_that_is_named_and_for_no_other() {
        let world = world(&format!(
            "{WORKING}
             2d deploy cannot create zk-2
             2d deploy cannot create zk-3
             2d deploy can create zk-3
             2d deploy request zk-2 nodes 1 stake 2_000
             2d deploy request zk-3 nodes 1 stake 2_000"
        ));

        let engines = |name: &str| world.engines(&name.parse().expect("a name")).len();
        assert_eq!((engines("zk-2"), engines("zk-3")), (0, 1));
    }
}
