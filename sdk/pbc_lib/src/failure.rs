//! Why a call came to nothing.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

/// Why a call came to nothing. Trees are then as they were, and nothing is kept of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The contract refused the call: the caller's doing.
    Refused {
        /// The stable code.
        code: Cow<'static, str>,
        /// The quantities behind it, without the code.
        message: String,
    },
    /// The contract failed in any other way: a bug, never counted as a refusal.
    Trap {
        /// What the panic said.
        message: String,
    },
}

impl Failure {
    /// The stable code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Failure::Refused { code, .. } => Some(code),
            Failure::Trap { .. } => None,
        }
    }

    /// A refusal by `code`. A message that starts with the code is stripped of it.
    pub fn refused(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, mut message) = (code.into(), message.into());
        if message.strip_prefix(&*code).is_some_and(|rest| rest.starts_with(": ")) {
            message.drain(..code.len() + ": ".len());
        }
        Failure::Refused { code, message }
    }

    /// What an unwind out of a hook means: a refusal if its payload is code and message.
    pub(crate) fn from_unwind(payload: Box<dyn Any + Send>) -> Self {
        let payload = match payload.downcast::<(&'static str, String)>() {
            Ok(refusal) => return Failure::refused(refusal.0, refusal.1),
            Err(other) => other,
        };
        let message = match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(other) => other.downcast::<&'static str>().map_or_else(
                |_| "a panic without a message".to_string(),
                |message| message.to_string(),
            ),
        };
        Failure::Trap { message }
    }
}

/// `code: message`; a trap has `trap` for its code.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused { code, message } => write!(f, "{code}: {message}"),
            Failure::Trap { message } => write!(f, "trap: {message}"),
        }
    }
}

impl std::error::Error for Failure {}
