//! What an audit checks, by name: the invariants that a state shows, and what the specification asks
//! to be reported besides.

use crate::invariants::{Property, Shown};

/// How bad it is when something is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Somebody should look at it.
    Warning,
    /// No registry of this code writes such a state.
    Error,
}

impl Level {
    /// The word for it, as in SARIF.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One thing that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An invariant of the specification, as far as one state shows it.
    Invariant(Property),
    /// Whether the scores of all nodes count the same.
    Score,
    /// What `unlockTime` means, and whether every pending time fits that.
    Clock,
    /// Allocations to contracts that do not exist.
    Orphan,
    /// Work that should have ended and was not reported.
    Overdue,
    /// Pending tokens that become free soon; asked for by a threshold.
    Unlocks,
    /// Work that should end soon; asked for by a threshold.
    Ends,
    /// Stake that expires soon, or has expired; asked for by a threshold.
    Expires,
    /// Transfers of tokens whose end is not known.
    InFlight,
    /// What nodes say of themselves.
    Node,
    /// The shape of the document.
    Document,
}

/// What a rule is about, in words.
struct Words {
    id: &'static str,
    name: &'static str,
    level: Level,
    statement: &'static str,
    meaning: &'static str,
}

const CORRUPT: &str = "No registry of this code writes such a state. It is damaged, altered or of \
                       other code: fetch it again from another reader node, and compare the code \
                       with `zkreg verify`.";

impl Rule {
    /// The rules that are always checked: the invariants in the order of the specification, then the
    /// others.
    pub fn always() -> Vec<Rule> {
        let shown = Property::ALL.iter().filter(|property| property.shown() == Shown::State);
        let others = [
            Rule::Score,
            Rule::Clock,
            Rule::Orphan,
            Rule::Overdue,
            Rule::InFlight,
            Rule::Node,
            Rule::Document,
        ];
        shown.copied().map(Rule::Invariant).chain(others).collect()
    }

    /// The id, such as `INV-09` or `OVERDUE`; never changed.
    pub fn id(self) -> &'static str {
        self.words().id
    }

    /// The name, such as `equal shares`.
    pub fn name(self) -> &'static str {
        self.words().name
    }

    /// What should hold, as a sentence.
    pub fn statement(self) -> &'static str {
        self.words().statement
    }

    /// How bad it is if it does not.
    pub fn level(self) -> Level {
        self.words().level
    }

    /// What it means if it does not, and what to do.
    pub fn meaning(self) -> &'static str {
        self.words().meaning
    }

    fn words(self) -> Words {
        match self {
            Rule::Invariant(property) => {
                let (level, meaning) = invariant(property);
                let (id, name, statement) = (property.id(), property.name(), property.statement());
                Words { id, name, level, statement, meaning }
            }
            Rule::Score => Words {
                id: "SCORE",
                name: "meaning of the score",
                level: Level::Warning,
                statement: "The allocated score counts completed allocations for all nodes, or \
                            started ones for all.",
                meaning: "A score was booked twice, or not at all, or counts something else. Count \
                          the node's allocations in its calls: `zkreg replay --log`.",
            },
            Rule::Clock => Words {
                id: "CLOCK",
                name: "meaning of unlockTime",
                level: Level::Warning,
                statement: "Pending times are all times of releases, or all ends of the 14 days, \
                            and none lies too far in the future.",
                meaning: "Tokens would unlock later than 14 days after their release. Is `--as-of` \
                          the time at which the state was read?",
            },
            Rule::Orphan => Words {
                id: "ORPHAN",
                name: "orphaned allocations",
                level: Level::Warning,
                statement: "Every contract that has nodes exists, and is of a kind that nodes serve.",
                meaning: "Its creation failed after it was given nodes, or it was deleted and nobody \
                          reported that; its tokens stay allocated. Only the deploy contract can \
                          give them back, by call 20 (notify_contract_deleted).",
            },
            Rule::Overdue => Words {
                id: "OVERDUE",
                name: "overdue allocations",
                level: Level::Warning,
                statement: "Work whose planned end has passed was reported as ended.",
                meaning: "The 14 days start when the end is reported, so its tokens come back late. \
                          Anyone may send 07 (check_contract_status), by which a contract may \
                          settle; one that is gone needs call 20.",
            },
            Rule::Unlocks => Words {
                id: "UNLOCKS",
                name: "tokens that unlock soon",
                level: Level::Note,
                statement: "No pending tokens unlock within the threshold.",
                meaning: "From that time on they can be taken out by 0b (disassociate_tokens), or \
                          allocated again unless they are reserved.",
            },
            Rule::Ends => Words {
                id: "ENDS",
                name: "work that ends soon",
                level: Level::Note,
                statement: "No work is planned to end within the threshold.",
                meaning: "Each node should have done its part by then: what it still owes at the \
                          deadline makes its score a failure.",
            },
            Rule::Expires => Words {
                id: "EXPIRES",
                name: "stake that expires",
                level: Level::Note,
                statement: "No stake expires within the threshold, or has expired.",
                meaning: "Expired stake gets no new work, and anyone may send its free part home \
                          (16). The owner can move the date with 17.",
            },
            Rule::InFlight => Words {
                id: "IN-FLIGHT",
                name: "transfers under way",
                level: Level::Note,
                statement: "No transfer of tokens was under way when the state was read.",
                meaning: "Normal for some blocks. If a later state shows the same amount, its \
                          callback was lost; say how it ended with `--settle-in-flight`.",
            },
            Rule::Node => Words {
                id: "NODE",
                name: "what nodes say of themselves",
                level: Level::Warning,
                statement: "Jurisdictions are 0 to 999, and versions are not negative.",
                meaning: "No request can ask for such a value, so the node gets no work that names \
                          jurisdictions or versions. Its operator can say it anew.",
            },
            Rule::Document => Words {
                id: "DOCUMENT",
                name: "shape of the document",
                level: Level::Note,
                statement: "The document has the keys of a registry, ascending.",
                meaning: "It was read all the same. Unknown keys may be new ones of the live \
                          contract, which are not checked.",
            },
        }
    }
}

/// How bad it is when an invariant does not hold, what that means, and what to do.
fn invariant(property: Property) -> (Level, &'static str) {
    match property {
        Property::INV_02 => (
            Level::Warning,
            "An entry of nothing; it was left out of all other checks. A registry of this code \
             writes none.",
        ),
        Property::INV_04 => (
            Level::Warning,
            "A record without tokens, at most with a reserve or an expiration; it was left out of \
             all other checks.",
        ),
        Property::INV_08 => (
            Level::Error,
            "Nodes and computations disagree about who works for whom. Tokens follow the \
             allocations, so these were taken as true, and the computations corrected for all other \
             checks.",
        ),
        Property::INV_09 => (
            Level::Error,
            "The figures of the computation are not those of its nodes. A release gives each node \
             what it allocated, so no token is lost.",
        ),
        Property::INV_10 => (
            Level::Error,
            "Work is held by an account that is no active node, or by too many. Its release works; \
             an account without a node record gets no score.",
        ),
        Property::INV_16 | Property::INV_18 => (
            Level::Error,
            "A record stands under an address that cannot have written it. Its tokens can be \
             released; whether anyone can take them out depends on who controls the address.",
        ),
        Property::INV_17 => (
            Level::Error,
            "The node left while it was lent out; resigning should have been refused. Its release \
             and its score are booked as for others.",
        ),
        Property::INV_19 => (
            Level::Error,
            "Nodes that belong into the draw are missing, or others are in it. Selection in this \
             state is not what the specification says; for all other checks the roster was made \
             anew.",
        ),
        Property::INV_20 => (
            Level::Warning,
            "An endpoint that registering would refuse is known from the live contract, and can be \
             changed by registering anew; so are records with many entries, which get no new work \
             until some are gone.",
        ),
        _ => (Level::Error, CORRUPT),
    }
}

/// What a single state shows of an invariant leaves a part open.
///
/// Source: registry.md 12.1, "ghost".
pub(super) fn left_open(property: Property) -> Option<&'static str> {
    match property {
        Property::INV_11 => Some("whether each time is that of a release"),
        Property::INV_16 => {
            Some("whether a public key is there exactly if an enrolment asked for it")
        }
        Property::INV_17 => Some("whether a ban was ever lifted"),
        Property::INV_18 => Some("whether each account enrolled or asked to associate"),
        Property::INV_22 => Some("whether settings or collaborators ever changed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ASKED_FOR: [Rule; 3] = [Rule::Unlocks, Rule::Ends, Rule::Expires];

    #[test]
    fn every_rule_has_an_id_of_its_own_and_says_what_it_means() {
        let rules: Vec<Rule> = Rule::always().into_iter().chain(ASKED_FOR).collect();
        let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), rules.len());
        for rule in rules {
            for sentence in [rule.statement(), rule.meaning()] {
                assert!(sentence.ends_with('.') || sentence.ends_with('?'), "{sentence}");
                assert!(!sentence.contains("  "), "{sentence}");
            }
        }
    }

    #[test]
    fn every_invariant_that_a_state_shows_is_checked() {
        let ids: Vec<&str> = Rule::always().iter().map(|rule| rule.id()).take(16).collect();
        assert_eq!(
            ids.join(" "),
            "INV-01 INV-02 INV-03 INV-04 INV-08 INV-09 INV-10 INV-11 INV-13 \
                                   INV-16 INV-17 INV-18 INV-19 INV-20 INV-22 INV-23"
        );
    }
}
