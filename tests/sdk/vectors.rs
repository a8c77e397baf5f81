//! The conformance vectors, which lie in `tests/vectors/`.

use pbc_lib::Trees;
use serde_json::Value;

/// The vectors in `vectors/<name>`.
pub fn vectors(name: &str) -> Value {
    let path = format!("{}/../vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The array at `key`.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is a list"))
}

/// The text at `key`.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is text in {value}"))
}

/// The bytes at `key`, written as hex.
pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    unhex(text(value, key))
}

/// The bytes behind hex digits.
pub fn unhex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap_or_else(|error| panic!("{digits}: {error}"))
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// The trees written as `{"0": [[key, value], …], …}`.
pub fn trees_of(content: &Value) -> Trees {
    let mut trees = Trees::new();
    let content = content.as_object().expect("trees by id");
    for id in 0..content.len() {
        let tree = trees.create();
        for entry in content[&id.to_string()].as_array().expect("entries") {
            let part = |index: usize| unhex(entry[index].as_str().expect("hex"));
            trees.insert(tree, &part(0), &part(1));
        }
    }
    trees
}
