//! How fast the registry runs: `cargo bench -p zkreg --bench actions`.
//!
//! Three figures, each with 100 and with 10,000 nodes that are registered and staked, on one core:
//!
//! - *engine*: an action is one call of the engine with its roll-back point, from RPC bytes to
//!   result: split the RPC, put context and state before the arguments, run the hook, read its
//!   result, take over the new state;
//! - *wasm*: the same by the engine for the deployed module, each in an instance of its own; what an
//!   instance alone costs, and compiling the module, is told besides;
//! - *chain*: the same actions with all around them: hashes of transactions, mail, the token
//!   contract's part, callbacks. An action of the token contract does not count.
//!
//! The mix, in 100 actions: 20 associate (0a) and their 20 callbacks (31), 10 disassociate (0b) and
//! their 10 callbacks (32), 10 reserve (13), 10 unlock (06), 8 requests of 4 nodes (08), 8 done
//! (12), 4 refused. Nodes are picked evenly. 100 actions are one day, so that released tokens
//! mature after 1,400 actions and records keep their size.
//!
//! Beside the time stand the instructions of an action, counted by callgrind if `valgrind` is
//! installed: the difference of two runs of this program, one that only makes the actions and one
//! that also carries them out. By hand, to see where the instructions go:
//!
//! ```text
//! valgrind --tool=callgrind target/release/deps/actions-… --perform 100
//! callgrind_annotate callgrind.out.…
//! ```

mod instructions;
mod wasm;
mod workload;

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

use self::workload::{ACTIONS_PER_ROUND, Workload};

/// As in `zkreg`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NODES: [u32; 2] = [100, 10_000];

/// Times 100 actions that one measurement takes.
const ROUNDS: u32 = 100;

fn main() {
    if instructions::run_if_asked() {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    let engine = NODES.map(|nodes| measure(&mut criterion, "engine", nodes, Workload::time_engine));
    let wasm = NODES.map(|nodes| measure(&mut criterion, "wasm", nodes, Workload::time_wasm));
    let chain = NODES.map(|nodes| measure(&mut criterion, "chain", nodes, Workload::time_chain));
    criterion.final_summary();
    for (figure, [few, many]) in [("engine", engine), ("wasm", wasm), ("chain", chain)] {
        if let (Some(few), Some(many)) = (few, many) {
            report(figure, few, many);
        }
    }
    wasm::report();
    instructions::report(NODES);
}

/// What an action takes, in nanoseconds, by the times of rounds of 100 actions.
#[derive(Clone, Copy)]
struct Times {
    /// Of the round in the middle.
    median: f64,
    /// Of the shortest round of all, which a busy machine disturbs least.
    shortest: f64,
}

/// Lets criterion measure. `None` if this figure was not asked for.
fn measure(
    criterion: &mut Criterion,
    figure: &str,
    nodes: u32,
    time: fn(&Workload) -> Vec<Duration>,
) -> Option<Times> {
    let times = RefCell::new(Vec::new());
    let workload = std::cell::OnceCell::new();
    let mut group = criterion.benchmark_group(figure);
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.throughput(Throughput::Elements(u64::from(ROUNDS * ACTIONS_PER_ROUND)));
    group.bench_function(BenchmarkId::from_parameter(nodes), |bencher| {
        let workload = workload.get_or_init(|| Workload::new(nodes, ROUNDS));
        bencher.iter_custom(|times_to_run| {
            let rounds = (0..times_to_run).flat_map(|_| black_box(time(workload)));
            rounds.inspect(|time| times.borrow_mut().push(*time)).sum()
        });
    });
    group.finish();
    Times::of(times.into_inner())
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Option<Times> {
        times.sort_unstable();
        let of_an_action =
            |time: &Duration| time.as_secs_f64() * 1e9 / f64::from(ACTIONS_PER_ROUND);
        let median = times.get(times.len() / 2).map(of_an_action)?;
        let shortest = times.first().map(of_an_action)?;
        Some(Times { median, shortest })
    }
}

fn report(figure: &str, few: Times, many: Times) {
    for (nodes, Times { median, shortest }) in NODES.into_iter().zip([few, many]) {
        println!(
            "{figure}, {nodes:>6} nodes: median {median:6.0} ns an action, {:9.0} actions/s; \
             shortest {shortest:6.0} ns, {:9.0} actions/s",
            1e9 / median,
            1e9 / shortest,
        );
    }
    println!(
        "{figure}, an action with {} : {} nodes: median {:.2}, shortest {:.2}",
        NODES[1],
        NODES[0],
        many.median / few.median,
        many.shortest / few.shortest,
    );
}

/// The time that `work` takes.
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
