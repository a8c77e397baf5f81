//! The README shows what the commands print.
//!
//! In a block of a console, each line that begins with `$ zkreg` is run in the folder of the
//! project, and what follows must be what it prints: complaints first, then the output. A line
//! `...` stands for any lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

/// A command as it is typed, and what the README says that it prints.
struct Example {
    command: String,
    printed: String,
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for block in README.split("```console\n").skip(1) {
        let (block, _) = block.split_once("\n```").expect("a block ends");
        let mut is_ours = false;
        let mut lines = block.lines();
        while let Some(line) = lines.next() {
            if let Some(typed) = line.strip_prefix("$ ") {
                let mut command = typed.to_owned();
                while command.ends_with('\\') {
                    command.pop();
                    command.push_str(lines.next().expect("the command goes on"));
                }
                is_ours = command.starts_with("zkreg ");
                if is_ours {
                    examples.push(Example { command, printed: String::new() });
                }
            } else if let (true, Some(example)) = (is_ours, examples.last_mut()) {
                example.printed.push_str(line);
                example.printed.push('\n');
            }
        }
    }
    examples
}

/// The words of a command; single quotes keep blanks.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, piece) in command.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn run(command: &str) -> String {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Where examples write.
    fs::create_dir_all(root.join("target")).expect("the folder of builds");
    let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    zkreg.current_dir(root).args(&words(command)[1..]).stdin(Stdio::null());
    let output = zkreg.output().expect("zkreg can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    text(output.stderr) + &text(output.stdout)
}

/// Whether `printed` is `expected`, in which a line `...` stands for any lines.
fn fits(printed: &str, expected: &str) -> bool {
    let pieces: Vec<&str> = expected.split("...\n").collect();
    let [first, .., last] = pieces.as_slice() else { return printed == expected };
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    for piece in &pieces[1..pieces.len() - 1] {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn every_example_prints_what_the_readme_says() {
    let examples = examples();
    assert!(examples.len() >= 3, "the README has examples");
    for Example { command, printed } in examples {
        let found = run(&command);
        assert!(fits(&found, &printed), "{command}\n--- README\n{printed}--- printed\n{found}");
    }
}

#[test]
fn what_stands_for_any_lines_hides_nothing_around_it() {
    assert!(fits("a\nb\nc\n", "a\n...\nc\n"));
    assert!(fits("a\nb\n", "a\nb\n"));
    assert!(!fits("a\nb\nc\n", "a\n...\nd\n"));
    assert!(!fits("a\nb\nc\n", "b\n...\nc\n"));
    assert!(!fits("a\nb\n", "a\n"));
}
