//! `given` lines.

use super::words::{
    Input, Parsed, Word, amount, balance, integer, keyword, option, peek, value, word,
};
use crate::name::{self, Name};
use crate::problem::quote;
use crate::step::Fact;

const VERBS: [&str; 4] = ["approved", "holds", "is", "produces"];
const SETTINGS: [&str; 3] = ["block-producers", "min-node-stake", "min-total-stakes"];

pub(super) fn fact(input: &mut Input<'_>) -> Parsed<Fact> {
    let subject = word("a name, `settings` or `clock`", input)?;
    match subject.text {
        "clock" => value("a date")(input).map(Fact::Clock),
        "settings" => setting(input),
        _ => about(subject.value()?, input),
    }
}

fn about(who: Name, input: &mut Input<'_>) -> Parsed<Fact> {
    let verb = word("what is given", input)?;
    match verb.text {
        "produces" => {
            keyword("blocks")(input)?;
            let jurisdiction = option("jurisdiction", integer, input)?;
            Ok(Fact::Produces { who, jurisdiction })
        }
        "holds" => {
            let amount = balance(input)?;
            let approved = option("approved", |_| Ok(()), input)?.is_some();
            Ok(Fact::Holds { who, amount, approved })
        }
        "approved" => Ok(Fact::Approved { who, amount: balance(input)? }),
        "is" => {
            let text = word("an address", input)?;
            let address = name::address(text.text).ok_or_else(|| not_an_address(text))?;
            Ok(Fact::Address { who, address })
        }
        _ => Err(verb.unknown("fact", VERBS)),
    }
}

fn not_an_address(text: Word<'_>) -> winnow::error::ErrMode<crate::problem::Problem> {
    text.problem_with(
        format!("{} is not an address", quote(text.text)),
        "write 42 hex digits; the first two, the address type, go from 00 to 04",
    )
}

fn setting(input: &mut Input<'_>) -> Parsed<Fact> {
    let setting = word("a setting", input)?;
    match setting.text {
        "min-node-stake" => amount(input).map(Fact::MinNodeStake),
        "min-total-stakes" => amount(input).map(Fact::MinTotalStakes),
        "block-producers" => {
            let required = peek(input) != "not";
            if !required {
                keyword("not")(input)?;
            }
            keyword("required")(input)?;
            Ok(Fact::BlockProducers { required })
        }
        _ => Err(setting.unknown("setting", SETTINGS)),
    }
}
