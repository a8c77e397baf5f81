//! What the help texts show can be typed.

use clap::{CommandFactory, Parser};

use super::Cli;

/// The commands in the examples of a help text, each in one line.
fn examples(help: &str) -> Vec<String> {
    let joined = help.replace("\\\n", " ");
    let commands = joined.lines().filter_map(|line| line.strip_prefix("  "));
    let ours = commands.filter_map(|line| line.find("zkreg ").map(|at| &line[at..]));
    let for_us = |line: &str| {
        let shell = [" | ", " > "].iter().filter_map(|sign| line.find(sign)).min();
        line[..shell.unwrap_or(line.len())].to_owned()
    };
    ours.map(for_us).collect()
}

/// The words of a command; single quotes keep blanks, and an address that is cut short is whole.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, piece) in command.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(whole));
        }
    }
    words
}

fn whole(word: &str) -> String {
    let cut = word.strip_suffix("...").or_else(|| word.strip_suffix('…'));
    match cut {
        Some(kind @ ("00" | "02" | "03")) => format!("{kind}{}", "11".repeat(20)),
        _ => word.to_owned(),
    }
}

#[test]
fn every_example_of_a_help_text_is_a_command() {
    let mut checked = 0;
    let mut unread = vec![Cli::command()];
    while let Some(command) = unread.pop() {
        unread.extend(command.get_subcommands().cloned());
        let help = command.get_after_long_help().or_else(|| command.get_after_help());
        for example in examples(&help.map(ToString::to_string).unwrap_or_default()) {
            let parsed = Cli::try_parse_from(words(&example));
            assert!(parsed.is_ok(), "{example}\n{}", parsed.expect_err("it is none"));
            checked += 1;
        }
    }
    assert!(checked >= 40, "only {checked} examples were found");
}
