//! Bytes that decide: a generator asks, and the bytes answer.
//!
//! Everything random in this crate is made by a function of a [`Chooser`]. So one generator serves
//! property tests, where the bytes are a strategy that shrinks, and coverage-guided fuzzing, where
//! they are the input. Generators keep one promise: 0 chooses what is simplest, and bytes that are
//! not there are 0. To shrink is then to make bytes fewer and smaller.

use std::fmt;

use proptest::prelude::*;

use crate::parts::{Group, parts};

/// The bytes from which one thing is made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Choices(Vec<u8>);

impl Choices {
    /// These bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Choices {
        Choices(bytes.into())
    }

    /// Begins to choose.
    pub fn chooser(&self) -> Chooser<'_> {
        Chooser::new(&self.0)
    }
}

impl fmt::Debug for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// Chooses by bytes, from the first one on.
#[derive(Clone, Debug)]
pub struct Chooser<'a> {
    rest: &'a [u8],
}

impl<'a> Chooser<'a> {
    /// Chooses by these bytes, and by zeros after them.
    pub fn new(bytes: &'a [u8]) -> Chooser<'a> {
        Chooser { rest: bytes }
    }

    /// Whether all that follows is 0.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `bound`, which is 1 to 256; from one byte, so nearly even.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.clamp(1, 256)
    }

    /// A number from 0 to 65,535.
    pub fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// One of these, the simplest of which comes first. There is one at least.
    pub fn one_of<T: Clone>(&mut self, simplest_first: &[T]) -> T {
        simplest_first[self.below(simplest_first.len())].clone()
    }

    /// True in one of so many cases, which are 2 to 256.
    pub fn seldom(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }
}

/// Bytes for one thing that uses at most so many. They shrink by losing their end, then by getting
/// smaller one by one.
pub fn choices(most: usize) -> impl Strategy<Value = Choices> {
    parts([Group { count: 1..=1, bytes: most }]).prop_map(|[mut only]| only.remove(0))
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{TestError, TestRunner};

    use super::*;
    use crate::config;

    #[test]
    fn bytes_that_are_not_there_choose_what_is_simplest() {
        let mut chooser = Chooser::new(&[7]);

        assert_eq!(chooser.below(256), 7);
        assert!(chooser.is_at_end());
        assert_eq!(chooser.one_of(&["simple", "other"]), "simple");
        assert!(!chooser.seldom(2));
        assert_eq!(chooser.number(), 0);
    }

    #[test]
    fn choices_shrink_to_the_least_bytes_that_fail() {
        let mut runner = TestRunner::new(config(100));

        let failed = runner.run(&choices(40), |choices| {
            let mut chooser = choices.chooser();
            let numbers = [(); 3].map(|()| chooser.byte());
            prop_assert!(numbers[2] < 100, "the third byte is {}", numbers[2]);
            Ok(())
        });

        let Err(TestError::Fail(_, least)) = failed else { panic!("some third byte is above 99") };
        assert_eq!(least, Choices::new([0, 0, 100]));
    }
}
