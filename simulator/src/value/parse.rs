//! Values from text.

use std::fmt;
use std::ops::Range;

use pbc_host::{ContractAbi, Named, NamedType, Simple, TypeSpec};

use super::{MAX_DEPTH, Value, bytes, is_byte, number, type_name};

/// Text that is no value of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Where it stands, in bytes.
    pub at: usize,
    /// What should stand there.
    pub message: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.at, self.message)
    }
}

impl std::error::Error for TextError {}

/// The value of type `spec` that `text` says.
///
/// # Errors
///
/// At the first byte that does not fit.
pub fn parse(abi: &ContractAbi, spec: &TypeSpec, text: &str) -> Result<Value, TextError> {
    let mut parser = Parser { abi, text, at: 0 };
    let value = parser.value(spec, 0)?;
    parser.skip();
    if parser.at < text.len() { parser.wants("the end") } else { Ok(value) }
}

/// A value of type `spec` as it can be typed, for those who typed something else.
pub fn example(abi: &ContractAbi, spec: &TypeSpec) -> String {
    example_within(abi, spec, MAX_DEPTH)
}

fn example_within(abi: &ContractAbi, spec: &TypeSpec, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else { return "…".to_owned() };
    let of = |part: &TypeSpec| example_within(abi, part, depth);
    let hex = |length: usize| "01".repeat(length);
    match spec {
        TypeSpec::Simple(Simple::Bool) => "true".to_owned(),
        TypeSpec::Simple(Simple::String) => "\"text\"".to_owned(),
        TypeSpec::Simple(Simple::Address) => format!("00{}", hex(20)),
        TypeSpec::Simple(simple) => bytes(*simple).map_or_else(|| "5".to_owned(), hex),
        TypeSpec::ByteArray(length) => hex(usize::from(*length)),
        TypeSpec::Array(part, length) if is_byte(part) => hex(*length as usize),
        TypeSpec::Vec(part) if is_byte(part) => "0x0102".to_owned(),
        TypeSpec::Vec(part) => format!("[{}]", of(part)),
        TypeSpec::Array(part, length) => {
            format!("[{}]", vec![of(part); *length as usize].join(", "))
        }
        TypeSpec::Option(part) => format!("Some({})", of(part)),
        TypeSpec::Named(index) => match abi.named(*index) {
            Some(NamedType::Struct { fields, .. }) => fields_within(abi, fields, depth),
            Some(NamedType::Enum { variants, .. }) => {
                match variants.first().and_then(|it| abi.named(it.index)) {
                    Some(NamedType::Struct { name, fields }) => {
                        format!("{name} {}", fields_within(abi, fields, depth))
                    }
                    _ => "…".to_owned(),
                }
            }
            None => "…".to_owned(),
        },
        TypeSpec::Map(..) | TypeSpec::Set(_) | TypeSpec::AvlTreeMap(..) => "…".to_owned(),
    }
}

fn fields_within(abi: &ContractAbi, fields: &[Named], depth: usize) -> String {
    let field = |it: &Named| format!("{}: {}", it.name, example_within(abi, &it.spec, depth));
    match fields {
        [] => "{}".to_owned(),
        _ => format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", ")),
    }
}

struct Parser<'a> {
    abi: &'a ContractAbi,
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn wants<T>(&self, what: impl fmt::Display) -> Result<T, TextError> {
        Err(TextError { at: self.at, message: format!("expected {what}") })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `token` if it is next.
    fn takes(&mut self, token: &str) -> bool {
        self.skip();
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    fn take(&mut self, token: &str) -> Result<(), TextError> {
        if self.takes(token) { Ok(()) } else { self.wants(format_args!("`{token}`")) }
    }

    /// The letters, digits and `_` that are next, after a sign.
    fn word(&mut self) -> Range<usize> {
        self.skip();
        let sign = usize::from(self.rest().starts_with('-'));
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = self.rest().bytes().skip(sign).take_while(is_part).count();
        self.at..self.at + sign + length
    }

    fn value(&mut self, spec: &TypeSpec, depth: usize) -> Result<Value, TextError> {
        if depth > MAX_DEPTH {
            return self.wants("a value that is less deep");
        }
        match spec {
            TypeSpec::Simple(simple) => self.simple(*simple),
            TypeSpec::ByteArray(length) => self.bytes(usize::from(*length)),
            TypeSpec::Array(part, length) if is_byte(part) => self.bytes(*length as usize),
            TypeSpec::Array(part, length) => {
                let from = self.at;
                let list = self.list(part, depth)?;
                if list.len() != *length as usize {
                    self.at = from;
                    return self.wants(format_args!("{length} elements, not {}", list.len()));
                }
                Ok(Value::List(list))
            }
            TypeSpec::Vec(part) if is_byte(part) => {
                self.skip();
                if self.rest().starts_with("0x") {
                    return self.hex().map(Value::Blob);
                }
                let list = self.list(part, depth)?;
                Ok(Value::Blob(list.into_iter().filter_map(byte_of).collect()))
            }
            TypeSpec::Vec(part) => self.list(part, depth).map(Value::List),
            TypeSpec::Option(part) => {
                if self.takes("None") {
                    return Ok(Value::Option(None));
                }
                if !self.takes("Some") {
                    return self.wants("`None` or `Some(…)`");
                }
                self.take("(")?;
                let value = self.value(part, depth + 1)?;
                self.take(")")?;
                Ok(Value::Option(Some(Box::new(value))))
            }
            TypeSpec::Named(index) => self.named(*index, depth),
            TypeSpec::Map(..) | TypeSpec::Set(_) | TypeSpec::AvlTreeMap(..) => {
                let name = type_name(self.abi, spec);
                self.wants(format_args!("nothing: no argument is of type {name}"))
            }
        }
    }

    fn simple(&mut self, simple: Simple) -> Result<Value, TextError> {
        if let Some(length) = bytes(simple) {
            return self.bytes(length);
        }
        match simple {
            Simple::Bool if self.takes("true") => Ok(Value::Bool(true)),
            Simple::Bool if self.takes("false") => Ok(Value::Bool(false)),
            Simple::Bool => self.wants("`true` or `false`"),
            Simple::String => self.string(),
            _ => self.number(simple),
        }
    }

    fn number(&mut self, simple: Simple) -> Result<Value, TextError> {
        let (signed, length) = number(simple).expect("invariant: what else is simple is a number");
        let word = self.word();
        let digits = self.text[word.clone()].replace('_', "");
        let bits = 8 * length as u32;
        let value = if signed {
            let fits = |it: &i128| matches!(*it >> (bits - 1), 0 | -1);
            digits.parse().ok().filter(fits).map(Value::Signed)
        } else {
            let fits = |it: &u128| bits == u128::BITS || *it >> bits == 0;
            digits.parse().ok().filter(fits).map(Value::Unsigned)
        };
        let Some(value) = value else {
            return self.wants(format_args!("a number of type {}", simple.name()));
        };
        self.at = word.end;
        Ok(value)
    }

    fn string(&mut self) -> Result<Value, TextError> {
        self.skip();
        let mut texts = serde_json::Deserializer::from_str(self.rest()).into_iter::<String>();
        match texts.next() {
            Some(Ok(text)) => {
                self.at += texts.byte_offset();
                Ok(Value::Text(text))
            }
            _ => self.wants("a text between `\"`"),
        }
    }

    /// So many bytes, in hex.
    fn bytes(&mut self, length: usize) -> Result<Value, TextError> {
        self.skip();
        let from = self.at;
        let bytes = self.hex()?;
        if bytes.len() != length {
            self.at = from;
            let digits = 2 * length;
            return self.wants(format_args!("{digits} hex digits, not {}", 2 * bytes.len()));
        }
        Ok(Value::Bytes(bytes))
    }

    fn hex(&mut self) -> Result<Vec<u8>, TextError> {
        let word = self.word();
        let digits = &self.text[word.clone()];
        match hex::decode(digits.strip_prefix("0x").unwrap_or(digits)) {
            Ok(bytes) => {
                self.at = word.end;
                Ok(bytes)
            }
            Err(_) => self.wants("hex digits"),
        }
    }

    fn list(&mut self, part: &TypeSpec, depth: usize) -> Result<Vec<Value>, TextError> {
        self.take("[")?;
        let mut list = Vec::new();
        while !self.takes("]") {
            list.push(self.value(part, depth + 1)?);
            if !self.takes(",") {
                self.take("]")?;
                break;
            }
        }
        Ok(list)
    }

    fn named(&mut self, index: u8, depth: usize) -> Result<Value, TextError> {
        let abi = self.abi;
        match abi.named(index) {
            Some(NamedType::Struct { name, fields }) => {
                self.takes(name);
                self.fields(name, None, fields, depth)
            }
            Some(NamedType::Enum { name, variants }) => {
                let word = self.word();
                let typed = &self.text[word.clone()];
                let found = variants.iter().find_map(|variant| match abi.named(variant.index) {
                    Some(NamedType::Struct { name, fields }) if name == typed => {
                        Some((variant.discriminant, name, fields))
                    }
                    _ => None,
                });
                let Some((discriminant, name, fields)) = found else {
                    let names = variants.iter().filter_map(|it| abi.named(it.index));
                    let names: Vec<_> = names.map(NamedType::name).collect();
                    return self.wants(format_args!("a {name}: {}", names.join(", ")));
                };
                self.at = word.end;
                self.fields(name, Some(discriminant), fields, depth)
            }
            None => self.wants("nothing: the ABI lacks the type"),
        }
    }

    fn fields(
        &mut self,
        name: &str,
        discriminant: Option<u8>,
        fields: &[Named],
        depth: usize,
    ) -> Result<Value, TextError> {
        let mut values = Vec::new();
        if self.takes("{") {
            for Named { name, spec } in fields {
                self.take(name)?;
                self.take(":")?;
                values.push((name.clone(), self.value(spec, depth + 1)?));
                if !self.takes(",") {
                    break;
                }
            }
            if let Some(missing) = fields.get(values.len()) {
                return self.wants(format_args!("`, {}: …`", missing.name));
            }
            self.take("}")?;
        } else if discriminant.is_none() || !fields.is_empty() {
            // Only a variant without fields needs no braces.
            return self.wants("`{`");
        }
        Ok(Value::Struct { name: name.to_owned(), discriminant, fields: values })
    }
}

fn byte_of(value: Value) -> Option<u8> {
    match value {
        Value::Unsigned(byte) => u8::try_from(byte).ok(),
        _ => None,
    }
}
