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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Export;

    /// The input behind its length, unless it is a single byte.
    extern "C-unwind" fn echo(input: *mut u8, length: usize) -> u64 {
        let input = raw::input(input, length);
        assert_ne!(input.len(), 1, "a single byte");
        let length = u32::try_from(length).expect("a short input");
        raw::give([&length.to_be_bytes(), input].concat())
    }

    const ECHO: Entry = Entry {
        contract: module_path!(),
        export: Export::Init,
        function: "echo",
        wrapper: echo,
        arguments: None,
    };

    /// Under miri this is what shows that the pointers of a call are used rightly.
    #[test]
    fn a_hook_reads_its_input_and_leaves_its_result() {
        let mut trees = Trees::new();
        for input in [&[][..], &[1, 2], &[7; 5_000]] {
            assert_eq!(invoke(&ECHO, input, &mut trees).as_deref(), Ok(input));
        }
    }

    #[test]
    fn a_hook_that_panics_leaves_nothing_to_the_next() {
        let mut trees = Trees::new();
        invoke(&ECHO, &[1, 2], &mut trees).expect("an answer");
        let failure = invoke(&ECHO, &[1], &mut trees).expect_err("a panic");
        assert!(failure.to_string().contains("a single byte"), "{failure}");
        assert_eq!(invoke(&ECHO, &[3, 4], &mut trees), Ok(vec![3, 4]));
    }
}
