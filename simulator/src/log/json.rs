//! Lines of JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::cells::{Cells, known};
use crate::problem::{Problem, quote};

/// What a line holds.
pub(super) fn cells(text: &str) -> Result<Cells<'_>, Problem> {
    let object: Object = serde_json::from_str(text).map_err(|error| {
        let shown = error.to_string();
        let message = shown.split(" at line ").next().unwrap_or_default();
        let at = error.column().saturating_sub(1).min(text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let end = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Problem::new(at..at + end, format!("this is no call in JSON: {message}"))
            .with_remedy("write one object a line, such as {\"time\":…,\"sender\":…,\"rpc\":…}")
    })?;
    let mut cells = BTreeMap::new();
    for (key, cell) in object.0 {
        let at =
            text.find(&format!("\"{key}\"")).map_or(0..text.len(), |at| at + 1..at + 1 + key.len());
        let name = known(&key, at.clone())?;
        if cells.insert(name, cell).is_some() {
            return Err(Problem::new(at, format!("{} stands there twice", quote(&key))));
        }
    }
    Ok(Cells::new(text, cells))
}

/// An object of texts and numbers, in the order in which it is written.
struct Object(Vec<(String, String)>);

/// A text or a number; `null` is nothing.
struct Cell(String);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some((key, Cell(cell))) = map.next_entry()? {
                    members.push((key, cell));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
                Ok(Cell(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell(number.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell(String::new()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}
