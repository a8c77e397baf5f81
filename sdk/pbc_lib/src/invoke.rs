//! Runs a hook: bytes in, bytes or a failure out.

use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::entry::Entry;
use crate::failure::Failure;
use crate::raw;
use crate::trees::Trees;

/// The bytes of the length in front of a result.
const LENGTH: usize = 4;

thread_local! {
    /// The trees that contract code on this thread sees.
    static CURRENT: RefCell<Trees> = const { RefCell::new(Trees::new()) };
}

/// Lets contract code that `run` calls, such as `AvlTreeMap`, work on `trees`.
///
/// Nests: what was seen before is seen again afterwards, also when `run` unwinds.
pub fn with_trees<R>(trees: &mut Trees, run: impl FnOnce() -> R) -> R {
    struct Installed<'a>(&'a mut Trees);

    impl Drop for Installed<'_> {
        fn drop(&mut self) {
            with_current(|current| std::mem::swap(current, self.0));
        }
    }

    with_current(|current| std::mem::swap(current, trees));
    let _installed = Installed(trees);
    run()
}

/// The trees of this thread.
#[inline]
pub(crate) fn with_current<R>(work: impl FnOnce(&mut Trees) -> R) -> R {
    CURRENT.with_borrow_mut(work)
}

/// Calls a hook and returns the sections of its result, without the length in front of them.
///
/// The one safe way to call a hook. It never unwinds.
///
/// # Errors
///
/// `trees` are then as they were.
/// - [`Failure::Refused`] if the arguments cannot be decoded, or if the contract refuses the call.
/// - [`Failure::Trap`] if it fails in any other way.
pub fn invoke(entry: &Entry, input: &[u8], trees: &mut Trees) -> Result<Vec<u8>, Failure> {
    trees.begin_call();
    // After an unwind the trees are rolled back, and nothing else is shared.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        with_trees(trees, || (entry.wrapper)(input.as_ptr().cast_mut(), input.len()))
    }));
    match outcome {
        Ok(_address) => {
            trees.commit_call();
            let mut result = raw::take();
            result.drain(..LENGTH);
            Ok(result)
        }
        Err(payload) => {
            trees.roll_back();
            Err(Failure::from_unwind(payload))
        }
    }
}
