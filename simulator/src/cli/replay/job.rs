//! One file on its way through: read, replayed, told.

use std::fs;
use std::io;
use std::path::Path;

use zkreg::diagnostics::Problems;
use zkreg::json_lines;
use zkreg::log::{Log, Story};
use zkreg::problem::Problem;
use zkreg::replay::{Mismatch, Replay};
use zkreg::report::Recorder;
use zkreg::scenario::Scenario;
use zkreg::transcript::{Counts, Palette, Transcript, words};

use super::outputs::{Ending, Outputs};
use super::{Arguments, Format, Ground, Total};
use crate::cli::output::Output;
use crate::cli::{Exit, sources};

/// All files, one after the other.
pub(super) struct Run<'a> {
    arguments: &'a Arguments,
    ground: &'a Ground,
    pub(super) output: &'a mut Output,
    pub(super) outputs: Outputs<'a>,
    pub(super) total: Total,
}

impl<'a> Run<'a> {
    /// Nothing has been replayed yet.
    pub(super) fn new(
        arguments: &'a Arguments,
        ground: &'a Ground,
        output: &'a mut Output,
    ) -> Run<'a> {
        let (words, findings) = (ground.words.clone(), ground.findings.clone());
        let outputs = Outputs::new(&arguments.outputs, words, findings);
        Run { arguments, ground, output, outputs, total: Total::default() }
    }

    /// Replays a scenario file.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(super) fn scenario(&mut self, path: &Path) -> io::Result<Exit> {
        let shown = sources::shown(path);
        let (source, scenario) = match load(path) {
            Ok(loaded) => loaded,
            Err(complaint) => return Ok(self.unreadable(&shown, &complaint)),
        };
        let header: Vec<String> = scenario.header().map(str::to_owned).collect();
        let replay = match prepare(&scenario, self.ground) {
            Ok(replay) => replay,
            Err(complaint) => {
                return Ok(self.unreadable(&shown, &format!("error: {shown}: {complaint}")));
            }
        };
        let (scenario, source, header) = (&scenario, source.as_slice(), header.as_slice());
        let outcome = self.play(&shown, Tale { scenario, source, header, replay })?;
        let write = self.arguments.write_transcripts && outcome.exit == Exit::AsWritten;
        if write && path != Path::new("-") {
            let target = path.with_extension("transcript");
            if let Err(error) = fs::write(&target, &outcome.transcript) {
                let target = sources::shown(&target);
                self.output.complain(&format!("error: cannot write {target}: {error}"));
                return Ok(Exit::BadInput);
            }
        }
        Ok(outcome.exit)
    }

    /// Replays a log.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(super) fn log(&mut self, path: &Path) -> io::Result<Exit> {
        let shown = sources::shown(path);
        let image = self.ground.image.as_ref();
        let (image, as_of) = (image.map(|it| &it.0), image.and_then(|it| it.1));
        let terms = match self.arguments.log.terms(as_of) {
            Ok(terms) => terms,
            Err(message) => return Ok(self.unreadable(&shown, &format!("error: {message}"))),
        };
        let source = match sources::read_up_to(path, zkreg::log::MAX_BYTES) {
            Ok(source) => source,
            Err(message) => return Ok(self.unreadable(&shown, &format!("error: {message}"))),
        };
        let log = match Log::parse(&source, &terms) {
            Ok(log) => log,
            Err(problems) => return Ok(self.unreadable(&shown, &problems.render(&shown, true))),
        };
        let story = Story::of(&log, &terms, image);
        for (line, stranger) in &story.strangers {
            self.output.complain(&format!("note: {shown}:{line}: {stranger}"));
        }
        let replay = match Replay::recorded(&story, image, as_of, self.ground.engine.engine()) {
            Ok(replay) => replay,
            Err(error) => {
                return Ok(self.unreadable(&shown, &format!("error: {shown}: {error}")));
            }
        };
        let Story { scenario, header, .. } = &story;
        let outcome = self.play(&shown, Tale { scenario, source: &source, header, replay })?;
        Ok(outcome.exit)
    }

    fn unreadable(&mut self, shown: &str, complaint: &str) -> Exit {
        self.output.complain(complaint);
        self.outputs.unreadable(shown, complaint);
        self.total.unreadable += 1;
        Exit::BadInput
    }

    fn play(&mut self, shown: &str, mut tale: Tale<'_>) -> io::Result<Outcome> {
        let recorder = self.outputs.recorder(shown, tale.header, tale.replay.world());
        let problems = Problems::default();
        let mut job =
            Job { shown, arguments: self.arguments, output: self.output, problems, recorder };
        let (counts, broken, transcript) = job.play(&mut tale)?;
        let Job { problems, recorder, .. } = job;
        if !problems.is_empty() {
            self.output.complain(&problems.render(shown, true));
        }
        self.total.add(counts);
        let ending = Ending { steps: counts.steps, problems: &problems, broken };
        self.outputs.done(shown, &ending, recorder, tale.replay.world());
        let exit = match (broken, counts.mismatches) {
            (true, _) => Exit::Broken,
            (false, 0) => Exit::AsWritten,
            (false, _) => Exit::Otherwise,
        };
        Ok(Outcome { exit, transcript })
    }
}

/// The scenario on its chain: a fresh one, or one on which `image` is.
///
/// # Errors
///
/// A sentence.
fn prepare<'s>(scenario: &'s Scenario, ground: &Ground) -> Result<Replay<'s>, String> {
    let engine = ground.engine.engine();
    let replay = match &ground.image {
        Some((image, as_of)) => Replay::resume(scenario, image, *as_of, engine),
        None => Replay::start(scenario, engine),
    };
    replay.map_err(|error| error.to_string())
}

/// The text of a scenario file, and the scenario.
///
/// # Errors
///
/// What is wrong with it, as it is shown.
fn load(path: &Path) -> Result<(Vec<u8>, Scenario), String> {
    let source = sources::read(path).map_err(|message| format!("error: {message}"))?;
    let shown = sources::shown(path);
    match Scenario::parse(&source) {
        Ok(scenario) if scenario.steps().next().is_none() => {
            Err(format!("error: {shown}: there is no step in the file"))
        }
        Ok(scenario) => Ok((source, scenario)),
        Err(problems) => Err(problems.render(&shown, true)),
    }
}

/// What is replayed.
struct Tale<'a> {
    scenario: &'a Scenario,
    /// The text of the file, in which mistakes are shown.
    source: &'a [u8],
    /// What stands above the transcript.
    header: &'a [String],
    replay: Replay<'a>,
}

/// One file on its way through.
struct Job<'a> {
    shown: &'a str,
    arguments: &'a Arguments,
    output: &'a mut Output,
    problems: Problems,
    recorder: Option<Recorder>,
}

/// What came of it.
struct Outcome {
    exit: Exit,
    /// In plain text; empty unless it is to be written to a file.
    transcript: String,
}

impl Job<'_> {
    /// Returns how many steps went how, whether the contract broke down, and the plain transcript.
    fn play(&mut self, tale: &mut Tale<'_>) -> io::Result<(Counts, bool, String)> {
        let Tale { scenario, source, header, replay } = tale;
        let Arguments { format, quiet, write_transcripts, .. } = *self.arguments;
        let text = format == Format::Text && !quiet;
        let mut coloured = Transcript::new(scenario, Palette::COLOURED);
        let mut plain = Transcript::new(scenario, Palette::default());
        let lines = || header.iter().map(String::as_str);
        let mut transcript = plain.heading(lines());
        let (mut counts, mut broken) = (Counts::default(), false);
        if text {
            self.output.write(&format!("{}\n\n{}", self.shown, coloured.heading(lines())))?;
        }
        while let Some(played) = replay.next() {
            counts.add(&played);
            if let Some(recorder) = &mut self.recorder {
                recorder.step(&played, replay.world());
            }
            if text {
                self.output.write(&coloured.rows(&played, replay.world()))?;
            }
            if format == Format::Json {
                self.output.write(&json_lines::step(self.shown, &played, replay.world()))?;
            }
            if write_transcripts {
                transcript.push_str(&plain.rows(&played, replay.world()));
            }
            if let Err(mismatch) = &played.verdict {
                broken |= mismatch.is_bug();
                let message = words::reason(&mismatch.to_string(), replay.world());
                self.report(played.line, mismatch, message, source);
            }
        }
        if text {
            self.output.write(&format!("{}\n", coloured.footer(replay.world())))?;
        }
        if format == Format::Json {
            self.output.write(&json_lines::summary(self.shown, counts, replay.world()))?;
        }
        if write_transcripts {
            transcript.push_str(&plain.footer(replay.world()));
        }
        Ok((counts, broken, transcript))
    }

    fn report(&mut self, number: usize, mismatch: &Mismatch, message: String, source: &[u8]) {
        let line = source.split(|byte| *byte == b'\n').nth(number - 1).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
        let arrow = line.windows(2).position(|pair| pair == b"=>");
        let start = match arrow {
            Some(arrow) if mismatch.is_about_the_answer() => arrow,
            _ => line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0),
        };
        let problem = Problem::new(start..line.len(), message);
        self.problems.add(
            number,
            line,
            match remedy(mismatch) {
                Some(remedy) => problem.with_remedy(remedy),
                None => problem,
            },
        );
    }
}

fn remedy(mismatch: &Mismatch) -> Option<String> {
    match mismatch {
        Mismatch::Refused { code, .. } => Some(format!("if that is right, write `=> {code}`")),
        Mismatch::NotRefused { .. } => Some("if that is right, take the arrow away".to_owned()),
        Mismatch::OtherRefusal { code, .. } => Some(format!("if that is right, write `=> {code}`")),
        Mismatch::Trap { .. } | Mismatch::Broken { .. } => {
            Some("this is a bug of the contract; please report it".to_owned())
        }
        Mismatch::Unlike { .. } => {
            let doubts = "is the state the one right before the log, and the log complete?";
            Some(doubts.to_owned())
        }
        Mismatch::Failed { .. } | Mismatch::Otherwise { .. } | Mismatch::Impossible(_) => None,
    }
}
