//! Group J: the same bytes give the same answer, everywhere and every time.
//!
//! Not here: the classes about stored and imported state (`import`).

mod processes;
mod refusals;
mod sources;
mod trace;

use std::env;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Set in the environment of a process that a test of this group has started.
const ELSEWHERE: &str = "ZKREG_TEST_ELSEWHERE";
/// What such a process writes before each line of its answer; the test harness writes too.
const ANSWER: &str = "answer: ";

/// Runs the test of this binary whose name has `id` in it, alone in another process, in another
/// folder and time zone. There, [`asked`] gives it `question`, and it says [`answer`]; all that it
/// says comes back.
fn ask_elsewhere(id: &str, question: &str) -> String {
    let program = env::current_exe().expect("the test binary has a path");
    let mut process = Command::new(program)
        .args([id, "--nocapture", "--test-threads=1"])
        .env(ELSEWHERE, "1")
        .env("TZ", "Asia/Kathmandu")
        .env("LC_ALL", "tr_TR.UTF-8")
        .current_dir(env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test binary can be started");
    let mut input = process.stdin.take().expect("the input is piped");
    input.write_all(question.as_bytes()).expect("the process reads its question");
    drop(input);
    let output = process.wait_with_output().expect("the process ends");
    let written = String::from_utf8(output.stdout).expect("the output is text");
    assert!(output.status.success(), "elsewhere the test fails: {written}");
    let said = written.lines().filter_map(|line| Some(line.split_once(ANSWER)?.1));
    said.flat_map(|line| [line, "\n"]).collect()
}

/// The question, if this process was started by [`ask_elsewhere`].
fn asked() -> Option<String> {
    env::var_os(ELSEWHERE)?;
    let mut question = String::new();
    std::io::stdin().read_to_string(&mut question).expect("the question is text");
    Some(question)
}

/// Answers a question: `text`, line by line.
fn answer(text: &str) {
    for line in text.lines() {
        println!("{ANSWER}{line}");
    }
}
