#![doc = include_str!("../README.md")]

mod calls;
pub mod cast;
mod choices;
mod history;
mod mail;
mod numbers;
mod parts;
mod run;
mod stage;
mod states;
mod story;

use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

pub use self::calls::{Sent, call, calls};
pub use self::choices::{Choices, Chooser, choices};
pub use self::history::{History, histories, linked};
pub use self::run::{Broken, Played, Run};
pub use self::stage::Stage;
pub use self::states::{NOW, states};

/// A configuration that tries the same `cases` on every machine, and has the patience to shrink a
/// history.
pub fn config(cases: u32) -> Config {
    Config {
        cases,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(2_025),
        ..Config::default()
    }
}
