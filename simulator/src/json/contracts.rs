//! When the work of served contracts ends, by their own word: what the registry need not know.
//!
//! A document is one contract or an array of them. A contract is an object with its `address` and
//! the end of its work, under `allocationEnd` or `computationDeadline`, beside the address or within
//! `serializedContract`, where a reader node has the state of a contract. Of two ends the later one
//! counts. All other keys are skipped: the state of a ZK contract has many.
//!
//! That the live state has the key `computationDeadline` is an assumption (registry.md 9.5, A-2);
//! `allocationEnd` is for those who copy the date from the browser.
//!
//! Source: `run-a-zk-node.md`, "How long does it take for allocated tokens to become released?".

use std::collections::BTreeMap;
use std::io::Read;

use pbc_contract_common::address::Address;
use struson::reader::ValueType;
use zk_node_registry::rules::units::{ServedContract, Timestamp};

use super::error::{ImportCode, ImportFailure};
use super::read::{DocumentReader, Key, Outcome, optional, required};
use crate::image::Image;
use crate::step::Origin;

const CONTRACT: &[Key] = &[
    required("address"),
    optional("allocationEnd"),
    optional("computationDeadline"),
    optional("serializedContract"),
];

const STATE: &[Key] = &[optional("allocationEnd"), optional("computationDeadline")];

/// The ends of the work of some contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractEnds(BTreeMap<Address, Timestamp>);

impl ContractEnds {
    /// Reads one document.
    ///
    /// # Errors
    ///
    /// [`ImportFailure`]: text that is no JSON, an address or a time that is none, a contract for
    /// which nodes do not work, one without an end, and one that occurs twice.
    pub fn read(text: impl Read) -> Result<ContractEnds, ImportFailure> {
        let mut reader = DocumentReader::new(text);
        let mut ends = ContractEnds::default();
        let outcome = ends.read_all(&mut reader);
        let mut notes = if outcome.is_err() { reader.stopped() } else { reader.finish() };
        notes.take_findings();
        if notes.has_errors() { Err(notes.into_failure()) } else { Ok(ends) }
    }

    /// Adds those of `others`.
    ///
    /// # Errors
    ///
    /// The first contract of which another end is known.
    pub fn extend(&mut self, others: ContractEnds) -> Result<(), Address> {
        for (contract, end) in others.0 {
            if *self.0.entry(contract).or_insert(end) != end {
                return Err(contract);
            }
        }
        Ok(())
    }

    /// Whether an end of `contract` is among them.
    pub fn knows(&self, contract: &Address) -> bool {
        self.0.contains_key(contract)
    }

    /// Tells the computations of `image`, as answers of the contracts would: an end never moves
    /// back. Contracts without a computation are passed over.
    ///
    /// Source: registry.md 4.4, *end report*.
    pub fn tell(&self, image: &mut Image) {
        for (contract, end) in &self.0 {
            if let Some(work) = image.computations.get_mut(contract) {
                work.allocation_end = work.allocation_end.max(Some(end.millis()));
            }
        }
    }

    fn read_all<R: Read>(&mut self, reader: &mut DocumentReader<R>) -> Outcome<()> {
        if reader.peek()? == ValueType::Array {
            return reader.array(|reader, _| self.read_one(reader)).map(drop);
        }
        self.read_one(reader)
    }

    fn read_one<R: Read>(&mut self, reader: &mut DocumentReader<R>) -> Outcome<()> {
        let (mut contract, mut end) = (None, None);
        // A value that is wrong has been noted and is no reason to miss one.
        let mut is_said = false;
        let place = reader.place();
        let object = reader.object(CONTRACT, |reader, name| {
            match name {
                "address" => contract = reader.address()?,
                "serializedContract" => {
                    reader.object(STATE, |reader, _| {
                        is_said = true;
                        end = end.max(time(reader)?);
                        Ok(())
                    })?;
                }
                _ => {
                    is_said = true;
                    end = end.max(time(reader)?);
                }
            }
            Ok(())
        })?;
        let (Some(()), Some(contract)) = (object, contract) else { return Ok(()) };
        if ServedContract::at(contract).is_err() {
            let message = format!(
                "nodes do not work for {contract:x}: the addresses of their contracts begin with \
                 02 or 03"
            );
            reader.note(ImportCode::Malformed, message, place);
            return Ok(());
        }
        if !is_said {
            let message = format!(
                "{contract:x} has neither `allocationEnd` nor `computationDeadline`: say when its \
                 work ends"
            );
            reader.note(ImportCode::Malformed, message, place);
        }
        let Some(end) = end else { return Ok(()) };
        if self.0.insert(contract, end).is_some() {
            let message = format!("the contract {contract:x} occurs twice");
            reader.note(ImportCode::DuplicateKey, message, place);
        }
        Ok(())
    }
}

/// Milliseconds since 1970, as a string or a number, or a date in UTC.
fn time<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Timestamp>> {
    const FORM: &str = "milliseconds since 1970, or a date in UTC such as 2025-01-01T00:00:00Z";
    let time = |text: &str| {
        Origin::from_date_or_millis(text).map(|time| Timestamp::from_millis(time.millis()))
    };
    if reader.peek()? == ValueType::String {
        return reader.text("a time", |text| time(text).ok_or(FORM));
    }
    let place = reader.place();
    let Some(millis) = reader.long()? else { return Ok(None) };
    let time = time(&millis.to_string());
    if time.is_none() {
        reader.note(ImportCode::Malformed, format!("{millis} is not a time: {FORM}"), place);
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, i64)>, String> {
        let ends = ContractEnds::read(text.as_bytes()).map_err(|failure| failure.to_string())?;
        Ok(ends.0.iter().map(|(it, end)| (format!("{it:x}"), end.millis())).collect())
    }

    fn contract(n: u8) -> String {
        format!("03{}", format!("{n:02x}").repeat(20))
    }

    #[test]
    fn a_contract_is_read_as_a_reader_node_serves_it_or_as_a_person_writes_it() {
        let one = contract(0x11);
        for text in [
            format!(r#"{{"address": "{one}", "allocationEnd": "2025-01-01T00:00:00Z"}}"#),
            format!(r#"[{{"allocationEnd": 1735689600000, "address": "{one}"}}]"#),
            format!(
                r#"{{"type": "ZERO_KNOWLEDGE", "address": "{one}", "jarHash": "01", "abi": "UEJD",
                    "serializedContract": {{"calculationStatus": "WAITING", "engines": [1, {{}}],
                    "computationDeadline": "1735689600000"}}}}"#
            ),
        ] {
            assert_eq!(read(&text), Ok(vec![(one.clone(), 1_735_689_600_000)]), "{text}");
        }
    }

    #[test]
    fn of_two_ends_the_later_one_counts() {
        let one = contract(0x11);
        let text =
            format!(r#"{{"address": "{one}", "allocationEnd": 5, "computationDeadline": 7}}"#);
        assert_eq!(read(&text), Ok(vec![(one, 7)]));
    }

    #[test]
    fn an_end_is_a_date_and_that_of_a_contract_with_nodes() {
        for time in ["-1", "\"-1\"", "9223372036854775807", "\"9223372036854775807\""] {
            let text = format!(r#"{{"address": "{}", "allocationEnd": {time}}}"#, contract(0x11));
            let refused = read(&text).expect_err("it is no date");
            assert!(refused.contains(" is not a time: milliseconds since 1970"), "{refused}");
        }
        for other in ["00", "01", "04"] {
            let address = format!("{other}{}", "11".repeat(20));
            let refused = read(&format!(r#"{{"address": "{address}", "allocationEnd": 5}}"#));
            let refused = refused.expect_err("nodes serve 02 and 03");
            let begin = format!("import_malformed: nodes do not work for {address}: ");
            assert!(refused.starts_with(&begin), "{refused}");
        }
    }

    #[test]
    fn several_documents_agree_on_each_end() {
        let one = |end| {
            let text = format!(r#"{{"address": "{}", "allocationEnd": {end}}}"#, contract(0x11));
            ContractEnds::read(text.as_bytes()).expect("a contract")
        };
        let mut ends = one(5);
        assert_eq!(ends.extend(one(5)), Ok(()));
        assert!(ends.extend(one(6)).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_place() {
        let (one, two) = (contract(0x11), contract(0x22));
        let both = format!(
            r#"[{{"address": "{one}", "allocationEnd": "soon"}},
                {{"address": "{two}"}},
                {{"address": "{two}", "allocationEnd": 1}},
                {{"address": "{two}", "allocationEnd": 2}},
                {{"address": "11", "allocationEnd": 1.5}}]"#
        );
        let expected = format!(
            "import_malformed: [0].allocationEnd: \"soon\" is not a time: milliseconds since 1970, \
             or a date in UTC such as 2025-01-01T00:00:00Z (line 1, column 77)\n\
             import_malformed: [1]: {two} has neither `allocationEnd` nor `computationDeadline`: \
             say when its work ends (line 2, column 17)\n\
             import_duplicate_key: [3]: the contract {two} occurs twice (line 4, column 17)\n\
             import_malformed: [4].address: \"11\" is not an address: 42 hex digits, the first two \
             00 to 04 (line 5, column 29)\n\
             import_malformed: [4].allocationEnd: 1.5 is not an integer without fraction and \
             exponent (line 5, column 52)"
        );
        assert_eq!(read(&both), Err(expected));
        assert!(read("{\"address\": ").is_err());
        assert!(read("7").is_err());
    }
}
