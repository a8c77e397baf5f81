//! From the cells of a line to a call.

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};

use super::cells::Cells;
use super::{Record, Recorded, Row, Terms};
use crate::name;
use crate::problem::{Problem, quote};
use crate::quantity::number;
use crate::rpc::unhex;
use crate::signed::SignedTransaction;
use crate::step::{Code, Origin};

/// A time as messages show it.
pub(super) fn date(millis: i64) -> String {
    Origin::shown(millis)
}

/// When the call was made, in milliseconds since 1970.
pub(super) fn time(cells: &Cells<'_>) -> Result<i64, Problem> {
    let text = cells.need("time")?;
    Origin::from_date_or_millis(text).map(Origin::millis).ok_or_else(|| {
        cells.problem("time", format!("{} is not a time", quote(text))).with_remedy(
            "write a UTC date such as `2025-01-01T00:00:00Z`, or milliseconds since 1970",
        )
    })
}

/// The call; `None` if it went to another contract.
pub(super) fn row(
    line: usize,
    at: i64,
    cells: &Cells<'_>,
    terms: &Terms,
) -> Result<Option<Row>, Problem> {
    let sender = cells.get("sender").map(|_| address("sender", cells)).transpose()?;
    let contract = cells.get("contract").map(|_| address("contract", cells)).transpose()?;
    let rpc = cells.get("rpc").map(|_| bytes(cells)).transpose()?;
    let hash = cells.get("transaction").map(|_| hash(cells)).transpose()?;
    let gas = cells.get("gas").map(|_| gas(cells)).transpose()?;
    let outcome = cells.get("outcome").map(|_| outcome(cells)).transpose()?;
    let said = Said { sender, contract, rpc, hash, gas };
    let said = match cells.get("signed") {
        Some(_) => said.or_signed(at, cells, terms)?,
        None => said,
    };
    if said.contract.is_some_and(|contract| contract != terms.registry) {
        return Ok(None);
    }
    let sender = match said.sender {
        Some(sender) => sender,
        None => return Err(missing("sender", cells)),
    };
    let rpc = match said.rpc {
        Some(rpc) => rpc,
        None => {
            let remedy = "write `nothing` for a call without bytes";
            return Err(missing("rpc", cells).with_remedy(remedy));
        }
    };
    let record = Record { hash: said.hash, outcome };
    Ok(Some(Row { line, at, sender, rpc, gas: said.gas, record }))
}

/// What the cells say, and what a signed transaction says in their place.
struct Said {
    sender: Option<Address>,
    contract: Option<Address>,
    rpc: Option<Vec<u8>>,
    hash: Option<[u8; 32]>,
    gas: Option<u64>,
}

impl Said {
    /// What is not said is taken from the signed transaction; what is said must agree with it.
    fn or_signed(self, at: i64, cells: &Cells<'_>, terms: &Terms) -> Result<Said, Problem> {
        let text = cells.need("signed")?;
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let within =
            |problem: Problem| cells.within("signed", problem.shifted(text.len() - digits.len()));
        let bytes = unhex(digits).map_err(within)?;
        let transaction = SignedTransaction::decode(&bytes).map_err(|error| {
            let place = (2 * error.position).min(digits.len());
            let message = format!("this is no signed transaction: {}: {error}", error.code());
            within(Problem::new(place..digits.len(), message))
        })?;
        let wrong = |message: String| cells.problem("signed", message);
        let Some(signer) = transaction.sender(&terms.chain) else {
            return Err(wrong("the signature of the transaction is none".to_owned()));
        };
        if transaction.valid_to < at {
            let until = date(transaction.valid_to);
            return Err(wrong(format!("the transaction was valid until {until} only")));
        }
        let hash = transaction.identifier(&terms.chain);
        let agrees = |what: &str, is_said: bool, signed: String| {
            let message = format!("the transaction has another {what}: {signed}");
            if is_said { Ok(()) } else { Err(wrong(message)) }
        };
        agrees(
            "sender",
            self.sender.is_none_or(|it| it == signer),
            format!("{signer:x}, if it was signed for the chain `{}`", terms.chain),
        )?;
        let contract = transaction.contract;
        let same = self.contract.is_none_or(|it| it == contract);
        agrees("contract", same, format!("{contract:x}"))?;
        let same = self.rpc.as_ref().is_none_or(|it| *it == transaction.rpc);
        agrees("rpc", same, hex::encode(&transaction.rpc))?;
        let same = self.hash.is_none_or(|it| it == hash);
        agrees("identifier", same, hex::encode(hash))?;
        let gas = self.gas.or(u64::try_from(transaction.gas).ok());
        let (sender, contract) = (Some(signer), Some(contract));
        Ok(Said { sender, contract, rpc: Some(transaction.rpc), hash: Some(hash), gas })
    }
}

fn missing(what: &str, cells: &Cells<'_>) -> Problem {
    match cells.need(what) {
        Err(problem) => problem,
        Ok(_) => cells.problem(what, format!("there is no `{what}`")),
    }
}

fn address(what: &str, cells: &Cells<'_>) -> Result<Address, Problem> {
    let text = cells.need(what)?;
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let address =
        name::address(digits).and_then(|bytes| Address::rpc_decode(&mut Decoder::new(&bytes)).ok());
    address.ok_or_else(|| {
        let remedy = match digits.len() {
            42 => "an address has 42 hex digits, the first two 00 to 04".to_owned(),
            found => format!("an address has 42 hex digits, not {found}"),
        };
        cells.problem(what, format!("{} is not an address", quote(text))).with_remedy(remedy)
    })
}

fn bytes(cells: &Cells<'_>) -> Result<Vec<u8>, Problem> {
    let text = cells.need("rpc")?;
    if text == "nothing" {
        return Ok(Vec::new());
    }
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let shift = text.len() - digits.len();
    unhex(digits).map_err(|problem| cells.within("rpc", problem.shifted(shift)))
}

fn hash(cells: &Cells<'_>) -> Result<[u8; 32], Problem> {
    let text = cells.need("transaction")?;
    let mut hash = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut hash).map_err(|_| {
        cells
            .problem("transaction", format!("{} is not a hash", quote(text)))
            .with_remedy("a hash has 64 hex digits")
    })?;
    Ok(hash)
}

fn gas(cells: &Cells<'_>) -> Result<u64, Problem> {
    let text = cells.need("gas")?;
    number::<u64>(text)
        .ok_or_else(|| cells.problem("gas", format!("{} is not an amount of gas", quote(text))))
}

fn outcome(cells: &Cells<'_>) -> Result<Recorded, Problem> {
    let text = cells.need("outcome")?;
    match text {
        "accepted" => Ok(Recorded::Accepted),
        "refused" => Ok(Recorded::Refused),
        code => code.parse::<Code>().map(Recorded::RefusedWith).map_err(|_| {
            cells
                .problem("outcome", format!("{} is not an outcome", quote(text)))
                .with_remedy("write `accepted`, `refused`, or a refusal code")
        }),
    }
}
