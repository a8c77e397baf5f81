//! Values as text: on one line where they fit, otherwise a part a line.

use std::fmt;

use super::Value;

/// The columns that a line may have.
const WIDTH: usize = 100;
/// The columns by which parts are indented.
const STEP: usize = 4;

/// On one line; with `{:#}` a part a line where they do not fit.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return f.write_str(&self.flat());
        }
        let mut text = String::new();
        self.tall(0, &mut text);
        f.write_str(&text)
    }
}

/// What stands around the parts of a value, and each part behind its label.
struct Parts<'a> {
    open: String,
    parts: Vec<(String, &'a Value)>,
    close: &'static str,
}

/// The values of a map, each behind its key.
fn entries(map: &[(Value, Value)]) -> Vec<(String, &Value)> {
    map.iter().map(|(key, value)| (format!("{key}: "), value)).collect()
}

impl Value {
    /// The parts of a value that has some.
    fn parts(&self) -> Option<Parts<'_>> {
        Some(match self {
            Value::List(list) => Parts {
                open: "[".to_owned(),
                parts: list.iter().map(|part| (String::new(), part)).collect(),
                close: "]",
            },
            Value::Struct { name, fields, .. } => Parts {
                open: format!("{name} {{"),
                parts: fields.iter().map(|(name, part)| (format!("{name}: "), part)).collect(),
                close: "}",
            },
            Value::Map(map) => Parts { open: "{".to_owned(), parts: entries(map), close: "}" },
            Value::Tree { id, entries: tree } => {
                Parts { open: format!("tree {id} {{"), parts: entries(tree), close: "}" }
            }
            Value::Option(Some(part)) => {
                Parts { open: "Some(".to_owned(), parts: vec![(String::new(), part)], close: ")" }
            }
            _ => return None,
        })
    }

    fn flat(&self) -> String {
        if let Some(Parts { open, parts, close }) = self.parts() {
            let parts: Vec<_> =
                parts.iter().map(|(label, part)| format!("{label}{}", part.flat())).collect();
            let space = if open.ends_with('{') && !parts.is_empty() { " " } else { "" };
            return format!("{open}{space}{}{space}{close}", parts.join(", "));
        }
        match self {
            Value::Unsigned(number) => number.to_string(),
            Value::Signed(number) => number.to_string(),
            Value::Bool(it) => it.to_string(),
            Value::Text(text) => quoted(text),
            Value::Bytes(bytes) => hex::encode(bytes),
            Value::Blob(bytes) => format!("0x{}", hex::encode(bytes)),
            // All others have parts.
            _ => "None".to_owned(),
        }
    }

    /// Appends the text; its lines after the first start at `indent`.
    fn tall(&self, indent: usize, text: &mut String) {
        let column = text.chars().rev().take_while(|it| *it != '\n').count();
        let flat = self.flat();
        let is_long = column + flat.chars().count() >= WIDTH;
        let Some(Parts { open, parts, close }) =
            self.parts().filter(|it| is_long && !it.parts.is_empty())
        else {
            text.push_str(&flat);
            return;
        };
        text.push_str(&open);
        let inner = indent + STEP;
        for (label, part) in parts {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', inner));
            text.push_str(&label);
            part.tall(inner, text);
            // An option has one part and no list.
            if close != ")" {
                text.push(',');
            }
        }
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(close);
    }
}

/// A text as JSON has it, with nothing but printable ASCII.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => {
                let units = character.encode_utf16(&mut [0; 2]).to_vec();
                quoted.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    quoted.push('"');
    quoted
}
