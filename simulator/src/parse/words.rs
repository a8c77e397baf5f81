//! Words of a line, and what they can mean by themselves.

use std::str::FromStr;

use winnow::Parser;
use winnow::combinator::{alt, cut_err, delimited, preceded, repeat};
use winnow::error::{ErrMode, ModalResult, ParserError};
use winnow::stream::{AsChar, LocatingSlice, Location};
use winnow::token::{take_till, take_while};

use crate::name::Name;
use crate::problem::{Problem, did_you_mean, nearest, quote};
use crate::quantity::{Amount, Moment, number};

/// What parsers read: the rest of a line, which knows where in the line it is.
pub(super) type Input<'a> = LocatingSlice<&'a str>;

/// What parsers return. A word that is not there is a backtrack; a word that is wrong is a cut.
pub(super) type Parsed<T> = ModalResult<T, Problem>;

const BLANKS: [char; 2] = [' ', '\t'];

/// A word and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    start: usize,
}

impl Word<'_> {
    pub(super) fn problem(self, message: impl Into<String>) -> ErrMode<Problem> {
        ErrMode::Cut(Problem::new(self.start..self.start + self.text.len(), message))
    }

    pub(super) fn problem_with(
        self,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ErrMode<Problem> {
        self.problem(message).map(|problem| problem.with_remedy(remedy))
    }

    /// The value that the word spells.
    pub(super) fn value<T: FromStr<Err = Problem>>(self) -> Parsed<T> {
        self.text.parse().map_err(|problem: Problem| ErrMode::Cut(problem.shifted(self.start)))
    }

    /// The word is none of those that can stand here: proposes the nearest, or names them all.
    pub(super) fn unknown(
        self,
        what: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> ErrMode<Problem> {
        let known: Vec<&str> = known.into_iter().collect();
        let remedy = match nearest(self.text, known.iter().copied()) {
            Some(word) => did_you_mean(word),
            None => {
                let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
                format!("known are {}", known.join(", "))
            }
        };
        self.problem_with(format!("unknown {what} {}", quote(self.text)), remedy)
    }
}

/// Lets winnow's own parsers fail with a [`Problem`]: they point at the place, the caller explains.
impl<'a> ParserError<Input<'a>> for Problem {
    type Inner = Problem;

    fn from_input(input: &Input<'a>) -> Problem {
        let start = input.current_token_start();
        let length = peek(input).chars().next().map_or(0, char::len_utf8);
        Problem::new(start..start + length, "this cannot be read")
    }

    fn into_inner(self) -> Result<Problem, Problem> {
        Ok(self)
    }
}

/// Whether nothing but a comment is left.
pub(super) fn at_end(input: &Input<'_>) -> bool {
    input.is_empty() || input.starts_with('#')
}

/// Whether the step is complete but for its refusal code.
pub(super) fn at_arrow_or_end(input: &Input<'_>) -> bool {
    at_end(input) || peek(input) == "=>"
}

/// The next word, not taken; empty at the end of the line, and for a comment.
pub(super) fn peek<'a>(input: &Input<'a>) -> &'a str {
    let rest: &'a str = input.as_ref();
    if at_end(input) { "" } else { rest.split(BLANKS).next().unwrap_or_default() }
}

/// Skips blanks.
pub(super) fn blanks(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., BLANKS).void().parse_next(input)
}

/// The next word. Backtracks at the end of the line.
pub(super) fn word<'a>(expected: &str, input: &mut Input<'a>) -> Parsed<Word<'a>> {
    let start = input.current_token_start();
    if at_end(input) {
        let message = format!("expected {expected}, but the line ends here");
        return Err(ErrMode::Backtrack(Problem::new(start..start, message)));
    }
    let text = take_till(1.., BLANKS).parse_next(input)?;
    blanks(input)?;
    Ok(Word { text, start })
}

/// Exactly this word. Backtracks if it is another.
pub(super) fn keyword(expected: &'static str) -> impl FnMut(&mut Input<'_>) -> Parsed<()> {
    move |input| {
        let found = word(&format!("`{expected}`"), input)?;
        if found.text == expected {
            return Ok(());
        }
        let message = format!("expected `{expected}`, found {}", quote(found.text));
        let error = match nearest(found.text, [expected]) {
            Some(word) => found.problem_with(message, did_you_mean(word)),
            None => found.problem(message),
        };
        Err(error.backtrack())
    }
}

/// What follows `name`, if that word comes next. A misspelling of it is reported.
pub(super) fn option<T>(
    name: &'static str,
    mut parser: impl FnMut(&mut Input<'_>) -> Parsed<T>,
    input: &mut Input<'_>,
) -> Parsed<Option<T>> {
    let found = peek(input);
    if found == name {
        return preceded(keyword(name), cut_err(&mut parser)).map(Some).parse_next(input);
    }
    if found != "=>" && nearest(found, [name]).is_some() {
        return Err(word(name, input)?.unknown("word", [name]));
    }
    Ok(None)
}

/// The value that the next word spells.
pub(super) fn value<T: FromStr<Err = Problem>>(
    expected: &'static str,
) -> impl FnMut(&mut Input<'_>) -> Parsed<T> {
    move |input| word(expected, input)?.value()
}

/// A whole number.
pub(super) fn integer<T: FromStr>(input: &mut Input<'_>) -> Parsed<T> {
    let text = word("a number", input)?;
    number(text.text).ok_or_else(|| {
        let message = format!("{} is not a number that fits here", quote(text.text));
        text.problem_with(message, "write a plain whole number, such as `3`")
    })
}

/// Any amount.
pub(super) fn amount(input: &mut Input<'_>) -> Parsed<Amount> {
    value("an amount")(input)
}

/// An amount at the token contract, which knows no negative ones.
pub(super) fn balance(input: &mut Input<'_>) -> Parsed<Amount> {
    let text = word("an amount", input)?;
    let amount: Amount = text.value()?;
    if amount < Amount::ZERO {
        let message = format!("{} is negative", quote(text.text));
        return Err(text.problem_with(message, "the token contract knows no negative amounts"));
    }
    Ok(amount)
}

/// A name.
pub(super) fn name(input: &mut Input<'_>) -> Parsed<Name> {
    value("a name")(input)
}

/// Names up to the end of the step, or up to the word `after`; `nobody` for none.
pub(super) fn names(input: &mut Input<'_>) -> Parsed<Vec<Name>> {
    if peek(input) == "nobody" {
        return keyword("nobody")(input).map(|()| Vec::new());
    }
    let mut names = vec![name(input)?];
    while !at_arrow_or_end(input) && peek(input) != "after" {
        names.push(name(input)?);
    }
    Ok(names)
}

/// A time, or the word that stands for none.
pub(super) fn moment_or(none: &'static str, input: &mut Input<'_>) -> Parsed<Option<Moment>> {
    if peek(input) == none {
        return keyword(none)(input).map(|()| None);
    }
    value("a time")(input).map(Some)
}

/// A bare word, or text in double quotes with the escapes of Rust.
pub(super) fn text(input: &mut Input<'_>) -> Parsed<String> {
    if !input.starts_with('"') {
        return Ok(word("an endpoint", input)?.text.to_owned());
    }
    let start = input.current_token_start();
    let text = quoted(input).map_err(|_| {
        let end = start + peek(input).len();
        ErrMode::Cut(
            Problem::new(start..end.max(start + 1), "this quoted text cannot be read").with_remedy(
                "close it with `\"`, and write `\\\"`, `\\\\`, `\\n`, `\\t`, `\\r` or `\\u{e6}` within it",
            ),
        )
    })?;
    if !at_end(input) && !input.starts_with(BLANKS) {
        return Err(unexpected(input));
    }
    blanks(input)?;
    Ok(text)
}

fn quoted(input: &mut Input<'_>) -> Parsed<String> {
    let plain = take_till(1.., ['"', '\\']).map(str::to_owned);
    let fragment = alt((plain, preceded('\\', escape).map(String::from)));
    let content = repeat(0.., fragment).fold(String::new, |text, fragment| text + &fragment);
    delimited('"', content, '"').parse_next(input)
}

fn escape(input: &mut Input<'_>) -> Parsed<char> {
    let digits = take_while(1..=6, AsChar::is_hex_digit);
    let code = digits.verify_map(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?));
    let unicode = delimited("u{", code, '}');
    let short = ('n'.value('\n'), 't'.value('\t'), 'r'.value('\r'));
    alt((alt(short), '"', '\\', '\'', unicode)).parse_next(input)
}

/// The next word does not belong here.
pub(super) fn unexpected(input: &Input<'_>) -> ErrMode<Problem> {
    let start = input.current_token_start();
    let found = peek(input);
    let problem = Problem::new(start..start + found.len(), format!("unexpected {}", quote(found)));
    ErrMode::Cut(match found {
        "=>" => problem.with_remedy("only a call and the delivery of mail can be refused"),
        _ => problem.with_remedy("the step is complete before it; comments begin with `#`"),
    })
}
