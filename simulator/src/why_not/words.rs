//! A request in words, as in a scenario, or as bytes; and who sends it.
//!
//! The words are those of the scenario language after the verb, which may be left out, and so may
//! the contract to serve: a new one is taken. Who sends the request follows from the words: the
//! deploy contract asks with a protocol version or none, the served contract itself with an EE
//! version.

use pbc_contract_common::address::Address;

use super::CannotTry;
use super::request::{is_of_deploy, is_request};
use crate::action::Action;
use crate::image::Image;
use crate::name::{Kind, Name};
use crate::problem::Problem;
use crate::step::Step;
use crate::world::World;
use crate::world::calls;

/// The contract that is served when none is named.
const NEW: &str = "zk-new";

/// A request, and who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// In words.
    Words {
        /// Who sends it.
        actor: Name,
        /// What is sent.
        action: Action,
    },
    /// As bytes.
    Bytes {
        /// The contract that sends the requests for itself: 18, 19 and 1b.
        served: Name,
        /// Shortname and arguments.
        rpc: Vec<u8>,
    },
}

impl Asked {
    /// The request that `text` describes, such as `nodes 4 stake 2_000 version 4.9.0`, for `served`
    /// unless the text names the contract to serve, else for a new one.
    ///
    /// # Errors
    ///
    /// The problem that comes first in `text`.
    pub fn parse(text: &str, served: Option<Name>) -> Result<Asked, Problem> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let verb = match words.first() {
            Some(verb @ (&"request" | &"re-request")) => *verb,
            _ => "",
        };
        let rest = if verb.is_empty() { &words[..] } else { &words[1..] };
        let is_for_sender = verb == "re-request" || rest.contains(&"ee-version");
        let is_unnamed = matches!(rest.first(), Some(&"nodes" | &"stake"));
        let served = served.unwrap_or_else(new);

        let actor = if is_for_sender { served.clone() } else { deploy() };
        let mut line = format!("0d {actor} ");
        if verb.is_empty() {
            line.push_str("request ");
        }
        // Where the text stands in the line, and where the name was put into it.
        let begin = line.len();
        let start_of_rest = match rest.first() {
            Some(first) => first.as_ptr().addr() - text.as_ptr().addr(),
            None => text.len(),
        };
        line.push_str(&text[..start_of_rest]);
        let inserted =
            if is_unnamed && !is_for_sender { format!("{served} ") } else { String::new() };
        line.push_str(&inserted);
        line.push_str(&text[start_of_rest..]);

        let back = |position: usize| {
            let position = position.saturating_sub(begin);
            let position = match position.checked_sub(start_of_rest) {
                Some(_) => position.saturating_sub(inserted.len()).max(start_of_rest),
                None => position,
            };
            position.min(text.len())
        };
        let step: Step = line.parse().map_err(|problem: Problem| Problem {
            span: back(problem.span.start)..back(problem.span.end),
            ..problem
        })?;
        match step {
            Step::Call(call) if call.refused.is_none() && call.action.is_request() => {
                Ok(Asked::Words { actor, action: call.action })
            }
            _ => Err(Problem::new(0..text.len(), "this is more than a request")
                .with_remedy("leave the expectation away: this command shows the answer")),
        }
    }

    /// The request with the bytes `rpc`, for `served` if its sender is served.
    pub fn of_bytes(rpc: Vec<u8>, served: Option<Name>) -> Asked {
        Asked::Bytes { served: served.unwrap_or_else(new), rpc }
    }

    /// Who sends it, and its bytes.
    pub(super) fn bytes(
        &self,
        world: &mut World,
        image: &Image,
    ) -> Result<(Address, Vec<u8>), CannotTry> {
        match self {
            Asked::Words { actor, action } => {
                let sent = calls::encode(action, world);
                let sent = sent.expect("invariant: a request has neither times nor balances");
                Ok((world.address(actor), sent.rpc))
            }
            Asked::Bytes { rpc, .. } if !is_request(rpc) => {
                Err(CannotTry::NotARequest { rpc: rpc.clone() })
            }
            Asked::Bytes { rpc, .. } if is_of_deploy(rpc) => {
                Ok((image.collaborators.zk_contract_deploy, rpc.clone()))
            }
            Asked::Bytes { served, rpc } => Ok((world.address(served), rpc.clone())),
        }
    }
}

/// A name for a contract that can be served; a word is taken for a ZK contract or a public one by
/// its beginning.
///
/// # Errors
///
/// A sentence: it is no name, or one of something that is never served.
pub fn served_name(text: &str) -> Result<Name, String> {
    let name: Name = text.parse().map_err(|problem: Problem| problem.to_string())?;
    match name.kind() {
        Kind::Zk | Kind::Public | Kind::Address([2 | 3, ..]) => Ok(name),
        _ => Err("nodes serve contracts of type 02 and 03: write an address, or a name such as \
                  `zk-1` or `pub-1`"
            .to_owned()),
    }
}

fn new() -> Name {
    NEW.parse().expect("invariant: it is a name")
}

fn deploy() -> Name {
    "deploy".parse().expect("invariant: it is a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str, served: Option<&str>) -> String {
        let served = served.map(|name| served_name(name).expect("it can be served"));
        match Asked::parse(text, served) {
            Ok(Asked::Words { actor, action }) => format!("{actor} {action}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_is_written_as_in_a_scenario_and_may_leave_out_what_goes_without_saying() {
        let table = [
            ("request zk-1 nodes 4 stake 2_000", "deploy request zk-1 nodes 4 stake 2_000"),
            ("zk-1 nodes 4 stake 2_000", "deploy request zk-1 nodes 4 stake 2_000"),
            ("nodes 4 stake 2_000", "deploy request zk-new nodes 4 stake 2_000"),
            (
                "  nodes 4 stake 2_000 version 4.9.0 jurisdictions [208,276] ",
                "deploy request zk-new nodes 4 stake 2_000 version 4.9.0 jurisdictions [208, 276]",
            ),
            ("stake 5 version 4.9.0 of a b", "deploy request zk-new stake 5 version 4.9.0 of a b"),
            ("stake 5 ee-version 3 of a b", "zk-new request stake 5 ee-version 3 of a b"),
            ("nodes 1 stake 5 ee-version 3", "zk-new request nodes 1 stake 5 ee-version 3"),
            (
                "re-request nodes 1 stake 5 ee-version 3 after a success",
                "zk-new re-request nodes 1 stake 5 ee-version 3 after a success",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(printed(text, None), expected, "{text}");
        }
        let served = "0355".to_owned() + &"5".repeat(38);
        let expected = format!("{served} request nodes 1 stake 5 ee-version 3");
        assert_eq!(printed("nodes 1 stake 5 ee-version 3", Some(&served)), expected);
        let expected = "deploy request pub-1 nodes 1 stake 5";
        assert_eq!(printed("nodes 1 stake 5", Some("pub-1")), expected);
    }

    #[test]
    fn a_problem_points_into_the_text_as_it_was_written() {
        let table = [
            ("nodes four stake 5", "four"),
            ("  request nodes 4 steak 5", "steak"),
            ("zk-1 nodes 4 stake 5x", "5x"),
            ("nodes 4 stake 5 version 4.9", "4.9"),
            ("nodes 4 stake 5 version 4.9.0 juristictions [1]", "juristictions"),
            ("nodes 4 stake 5 ee-version x", "x"),
            ("nodes 4 stake", ""),
            ("nodes 4 stake 5 => not_enough_nodes", "nodes 4 stake 5 => not_enough_nodes"),
            ("", ""),
            ("ä", "ä"),
        ];
        for (text, wrong) in table {
            let problem = Asked::parse(text, None).expect_err(text);
            assert_eq!(&text[problem.span.clone()], wrong, "{text}: {problem}");
        }
    }

    #[test]
    fn only_contracts_that_nodes_serve_can_be_served() {
        for name in ["zk-1", "pub-1", &format!("02{}", "11".repeat(20))] {
            assert!(served_name(name).is_ok(), "{name}");
        }
        for name in ["alice", "sys-1", "deploy", &format!("00{}", "11".repeat(20)), "?"] {
            assert!(served_name(name).is_err(), "{name}");
        }
    }
}
