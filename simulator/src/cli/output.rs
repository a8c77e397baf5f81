//! Standard output and standard error: colours where they are wanted, progress on a terminal.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use zkreg::reader::Progress;
use zkreg::status::Style;

/// How many scenarios are much to do.
const MANY: usize = 20;

/// Where everything goes that a person or a program reads.
pub(crate) struct Output {
    out: BufWriter<AutoStream<io::Stdout>>,
    choice: ColorChoice,
    progress: ProgressBar,
}

impl Output {
    /// Standard output, with colours as chosen.
    pub(crate) fn new(choice: clap::ColorChoice) -> Output {
        let choice = match choice {
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        };
        let out = BufWriter::new(AutoStream::new(io::stdout(), choice));
        Output { out, choice, progress: ProgressBar::hidden() }
    }

    /// How tables are drawn: with lines for a person at a terminal.
    pub(crate) fn style() -> Style {
        if io::stdout().is_terminal() { Style::Lined } else { Style::Plain }
    }

    /// Shows how far the work is from now on, if there is much of it and somebody watches.
    pub(crate) fn expect_work(&mut self, scenarios: usize) {
        if scenarios < MANY || !io::stdout().is_terminal() || !io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} scenarios  {wide_msg}")
            .expect("invariant: the template is well formed");
        let length = u64::try_from(scenarios).unwrap_or(u64::MAX);
        self.progress = ProgressBar::new(length).with_style(style);
    }

    /// Shows how many of these actions are done from now on, if somebody watches.
    pub(crate) fn watch_histories(&mut self, actions: u64) -> ProgressBar {
        if io::stderr().is_terminal() {
            let template = "{bar:20} {percent}% {rate}, {wide_msg}\n{prefix}";
            let rate = |state: &ProgressState, line: &mut dyn fmt::Write| {
                // What cannot be written is not shown.
                let _ = write!(line, "{:.0} actions/s", state.per_sec());
            };
            let style = ProgressStyle::with_template(template)
                .expect("invariant: the template is well formed")
                .with_key("rate", rate);
            self.progress = ProgressBar::new(actions).with_style(style);
        }
        self.progress.clone()
    }

    /// Shows how far a state is that is being fetched, if somebody watches.
    pub(crate) fn fetched(&mut self, progress: Progress) {
        if !io::stderr().is_terminal() {
            return;
        }
        if self.progress.is_hidden() {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} entries of {wide_msg}")
                .expect("invariant: the template is well formed");
            self.progress = ProgressBar::new(0).with_style(style);
        }
        self.progress.set_message(progress.tree);
        self.progress.set_length(progress.size);
        self.progress.set_position(progress.read);
    }

    /// The state is there.
    pub(crate) fn fetched_all(&mut self) {
        self.progress.finish_and_clear();
        self.progress = ProgressBar::hidden();
    }

    /// Shows how far an exploration is, if somebody watches.
    pub(crate) fn explored(&mut self, progress: zkreg::explore::Progress) {
        if !io::stderr().is_terminal() {
            return;
        }
        if self.progress.is_hidden() {
            let template = "{bar:30} {pos}/{len} states after {wide_msg}";
            let style = ProgressStyle::with_template(template)
                .expect("invariant: the template is well formed");
            self.progress = ProgressBar::new(0).with_style(style);
        }
        let zkreg::explore::Progress { depth, looked_at, of, states } = progress;
        let length = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.progress.set_message(format!("{depth} turns, {states} in all"));
        self.progress.set_length(length(of));
        self.progress.set_position(length(looked_at));
    }

    /// The exploration is over.
    pub(crate) fn explored_all(&mut self) {
        self.fetched_all();
    }

    /// One scenario, `name`, is about to be replayed.
    pub(crate) fn begin(&self, name: &str) {
        self.progress.set_message(name.to_owned());
    }

    /// One more scenario is done.
    pub(crate) fn advance(&self) {
        self.progress.inc(1);
    }

    /// Writes `text` to standard output.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        let Output { out, progress, .. } = self;
        // Asked before: the bar is locked while it is suspended.
        let unwatched = progress.is_hidden();
        progress.suspend(|| {
            out.write_all(text.as_bytes())?;
            if unwatched { Ok(()) } else { out.flush() }
        })
    }

    /// Writes `text` and a line end to standard error, after all that was written before.
    pub(crate) fn complain(&mut self, text: &str) {
        let Output { out, choice, progress } = self;
        progress.suspend(|| {
            // Nobody can be told that nobody can be told.
            let _ = out.flush();
            let _ = writeln!(AutoStream::new(io::stderr(), *choice), "{text}");
        });
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.progress.finish_and_clear();
        self.out.flush()
    }
}
