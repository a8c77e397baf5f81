//! Random histories against the invariants and the reference model at once, after every step:
//! `cargo run --release -p registry_tests --bin assurance -- --actions 20_000_000`.
//!
//! The histories are those of `zkreg fuzz` with the same seed. In the end stands how often each
//! action had each outcome. Exit status: 0 if nothing was wrong and every outcome came often enough,
//! 1 if one did not, 2 for arguments that cannot be read, 3 if something was wrong; then a scenario
//! is in `target/fuzz`.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use registry_tests::SecondOpinion;
use zkreg::engine::{Engine, NativeEngine};
use zkreg::fuzz::campaign::{self, Campaign};
use zkreg::fuzz::report::Report;
use zkreg::fuzz::{Evidence, Rigour, native};

/// Where to write what goes wrong.
const OUT: &str = "target/fuzz";

/// Random histories against the invariants and the reference model at once.
#[derive(Parser)]
struct Arguments {
    /// How many steps all histories have together.
    #[arg(long, default_value = "1_000_000", value_name = "NUMBER", value_parser = number)]
    actions: u64,
    /// The seed of the first history; the others count on from it.
    #[arg(long, default_value = "1", value_name = "NUMBER", value_parser = number)]
    seed: u64,
    /// How often every outcome must come.
    #[arg(long, default_value = "1", value_name = "NUMBER", value_parser = number)]
    least: u64,
    /// How many histories run at a time [default: one for each core].
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A number, in groups of digits if you like: `20_000_000`.
fn number(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.replace('_', "").parse()
}

fn main() -> ExitCode {
    let Arguments { actions, seed, least, jobs, format } = Arguments::parse();
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = jobs.unwrap_or(cores);
    let plan = Campaign { seed, actions, jobs, rigour: Rigour::default() };

    let maker = native();
    let begin = Instant::now();
    let account = campaign::run(&plan, &maker, SecondOpinion::default, &());
    let seconds = begin.elapsed().as_secs_f64();
    let per_second = account.tally.actions() as f64 / seconds;
    eprintln!("{jobs} at a time, {seconds:.1} s, {per_second:.0} actions a second");

    let mut report = Report::of(&account, seed, 0, least);
    if let Some(failed) = &account.failure {
        let stem = format!("seed-{}", failed.seed);
        let engine = || Box::new(NativeEngine::of("zk_node_registry")) as Box<dyn Engine>;
        let evidence = Evidence::of(&stem, failed, &maker, &SecondOpinion::default, &engine);
        let mut files = Vec::new();
        for (file, text) in &evidence.files {
            let path = Path::new(OUT).join(file);
            match fs::create_dir_all(OUT).and_then(|()| fs::write(&path, text)) {
                Ok(()) => files.push(path.display().to_string()),
                Err(error) => eprintln!("error: cannot write {}: {error}", path.display()),
            }
        }
        report.failure = Some(evidence.wrong(&stem, failed, OUT, files));
    }
    match format {
        Format::Text => print!("{report}"),
        Format::Json => print!("{}", report.to_json()),
    }
    match (&report.failure, report.missed.is_empty()) {
        (Some(_), _) => ExitCode::from(3),
        (None, false) => ExitCode::from(1),
        (None, true) => ExitCode::SUCCESS,
    }
}
