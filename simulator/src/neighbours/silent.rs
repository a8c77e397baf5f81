//! A contract that only sends: voting, and contracts about which nothing else is known.

use std::rc::Rc;

use pbc_host::Group;
use pbc_lib::Failure;

use super::{Arguments, unknown};
use crate::chain::{Call, Neighbour};

/// Answers no call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Neighbour for Silent {
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure> {
        let (shortname, _) = Arguments::of(call)?;
        Err(unknown(shortname))
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(*self)
    }
}
