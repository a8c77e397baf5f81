//! Breaks the registry contract in one rule at a time, and reports who noticed and how soon.
//!
//! Exit status: 0 if every mutant is killed and each property named has noticed its mutants, 1 if
//! not, 2 if the arguments are wrong.

mod hunt;
mod openings;
mod report;
mod views;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::{Parser, ValueEnum};
use mutated_registry::{MUTANTS, Mutant};

use hunt::Hunt;
use report::{Line, Report};

/// Histories without a mutant that must find nothing.
const CONTROL_HISTORIES: u64 = 60;

/// Hunts the mutants of the registry contract.
#[derive(Parser)]
#[command(after_help = "Examples:
  mutants                                all of them, as a table
  mutants --format json --out FILE       for programs
  mutants greedy-assignment              one of them
  mutants --every-property --limit 2000  which properties notice which mutants")]
struct Arguments {
    /// The mutants to hunt; all of them without any.
    ids: Vec<String>,
    /// How many calls and callbacks a mutant may survive.
    #[arg(long, default_value_t = 100_000, value_name = "ACTIONS")]
    limit: u64,
    /// Go on to the limit, to see which properties notice a mutant at all.
    #[arg(long)]
    every_property: bool,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where the report is written besides standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen: Vec<&Mutant> = if arguments.ids.is_empty() {
        MUTANTS.iter().collect()
    } else {
        let is_chosen = |mutant: &&Mutant| arguments.ids.iter().any(|id| id == mutant.id);
        MUTANTS.iter().filter(is_chosen).collect()
    };
    if let Some(unknown) =
        arguments.ids.iter().find(|id| MUTANTS.iter().all(|mutant| mutant.id != **id))
    {
        eprintln!("error: no mutant is called {unknown}; `mutants` lists them all");
        return ExitCode::from(2);
    }

    // Mutants break down on purpose; what they say goes into the report.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (control, hunts) = hunt_all(&chosen, &arguments);
    std::panic::set_hook(hook);

    let lines = chosen.into_iter().zip(hunts).map(|(mutant, hunt)| Line { mutant, hunt }).collect();
    let report = Report { lines, control, limit: arguments.limit };
    let text = match arguments.format {
        Format::Text => report.text(),
        Format::Json => report.json(),
    };
    print!("{text}");
    if let Some(path) = &arguments.out
        && let Err(error) = std::fs::write(path, &text)
    {
        eprintln!("error: {}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    let complaints = report.complaints();
    for complaint in &complaints {
        eprintln!("error: {complaint}");
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Hunts on all cores; a mutant's histories are its own, so the order does not matter.
fn hunt_all(chosen: &[&Mutant], arguments: &Arguments) -> (Hunt, Vec<Hunt>) {
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Hunt>> = chosen.iter().map(|_| Mutex::default()).collect();
    let control = Mutex::new(Hunt::default());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    match (place.checked_sub(1), chosen) {
                        (None, _) => *locked(&control) = Hunt::of_nothing(CONTROL_HISTORIES),
                        (Some(place), chosen) => {
                            let Some(mutant) = chosen.get(place) else { return };
                            let every = arguments.every_property;
                            *locked(&done[place]) = Hunt::of(mutant, arguments.limit, every);
                        }
                    }
                }
            });
        }
    });
    let hunts = done.into_iter().map(|it| it.into_inner().expect("no thread died with it"));
    (control.into_inner().expect("no thread died with it"), hunts.collect())
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread died with it")
}
