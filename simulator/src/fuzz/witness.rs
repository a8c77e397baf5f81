//! Who goes along with a history and may object, besides the invariants.

use std::fmt;

use pbc_lib::{Failure, Trees};

use crate::invariants::{Answer, Delivery, Facts, TreeKey, Violation};
use crate::step::Expectation;

/// A second opinion: it is told everything that happens to a registry, and says what it would have
/// had otherwise. A reference model is one.
pub trait Witness {
    /// A creation was tried. An accepted one is followed by [`Witness::begins`].
    fn created(&mut self, delivery: &Delivery, answer: Result<(), &Failure>) -> Vec<Objection> {
        let _ = (delivery, answer);
        Vec::new()
    }

    /// A registry begins with this state. The witness forgets any other.
    fn begins(&mut self, root: &[u8], trees: &Trees) {
        let _ = (root, trees);
    }

    /// A call or callback was answered.
    fn saw(&mut self, scene: &Scene<'_>) -> Vec<Objection> {
        let _ = scene;
        Vec::new()
    }

    /// The history is over, and this is the state.
    fn ends(&mut self, root: &[u8], trees: &Trees) -> Vec<Objection> {
        let _ = (root, trees);
        Vec::new()
    }
}

/// Nobody looks on.
impl Witness for () {}

/// A delivery, its answer, and the state after it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What the registry was called with.
    pub delivery: &'a Delivery,
    /// What it answered.
    pub answer: &'a Answer,
    /// The root state afterwards.
    pub root: &'a [u8],
    /// The records afterwards.
    pub trees: &'a Trees,
    /// The entries that the delivery wrote; others may be among them.
    pub written: &'a [TreeKey],
    /// The records afterwards, as values.
    pub facts: &'a Facts,
}

/// What a witness would have had otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// In words: what there is, and what there should be.
    pub what: String,
    /// How the call should have been answered, if that is the matter: `None` for acceptance, or a
    /// refusal code.
    pub answer: Option<Option<String>>,
    /// What should hold afterwards, in the words of scenarios.
    pub expect: Vec<Expectation>,
}

/// Something that must not be, found at one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// An invariant or temporal property is broken.
    Property(Violation),
    /// The answer is none that the action can give: it is not in its row, or cannot be reached.
    Outcome {
        /// The action, as in the table.
        action: &'static str,
        /// What came.
        outcome: String,
    },
    /// A witness objects.
    Objection(Objection),
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Property(violation) => violation.fmt(f),
            Breach::Outcome { action, outcome } => {
                write!(f, "{action} answered {outcome}, which it cannot")
            }
            Breach::Objection(objection) => f.write_str(&objection.what),
        }
    }
}

impl Breach {
    /// What two breaches have in common that show the same mistake, as far as one can tell.
    pub fn kind(&self) -> String {
        match self {
            Breach::Property(violation) => violation.property.id().to_owned(),
            Breach::Outcome { action, outcome } => format!("{action} {outcome}"),
            Breach::Objection(_) => "objection".to_owned(),
        }
    }
}
