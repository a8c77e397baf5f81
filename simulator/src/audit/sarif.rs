//! An audit as SARIF 2.1.0, for tools that keep track of findings.
//!
//! Only the parts of the format that an audit fills are here; `tests/formats` compares them with the
//! official schema. A finding has the same fingerprint wherever the state is read and whatever the
//! values are: it is made of the rule, the code and the place.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Audit, Check, Issue, Reading, Subject};
use crate::status::date;
use crate::views::pretty;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The fingerprints are made the way that this name stands for.
const FINGERPRINT: &str = "zkregAudit/v1";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    artifacts: Vec<Artifact>,
    results: Vec<Outcome>,
    column_kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Value>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    short_description: Message,
    rules: Vec<Descriptor>,
}

/// One rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Message,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation,
    roles: [&'static str; 1],
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
    index: usize,
}

/// One finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
}

/// A part of the state: a node or a computation with its place in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

impl Audit {
    /// The audit of the state that is in `source`. Ends with a line break.
    pub fn sarif(&self, source: &str) -> String {
        let results = self.issues.iter().zip(self.fingerprints());
        let results = results.map(|(issue, print)| self.outcome(issue, print, source)).collect();
        let readings = match self.reading {
            Reading::Live(readings) => Some(json!({
                "unlockTime": readings.unlock_time.to_string(),
                "allocatedScore": readings.allocated_score.to_string(),
            })),
            Reading::Export | Reading::Unsound => None,
        };
        log(Run {
            tool: tool(self.checks.iter().map(Descriptor::of).collect()),
            invocations: [Invocation {
                execution_successful: true,
                exit_code: i32::from(!self.issues.is_empty()),
                tool_execution_notifications: Vec::new(),
            }],
            artifacts: vec![artifact(source)],
            results,
            column_kind: "unicodeCodePoints",
            properties: Some(json!({ "now": date(self.now), "readings": readings })),
        })
    }

    /// The fingerprint of each finding; no two are the same.
    pub(super) fn fingerprints(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let fingerprint = |issue: &Issue| {
            let identity = format!("{}\n{}\n{}", issue.rule.id(), issue.code, issue.place);
            let times = seen.entry(identity.clone()).or_default();
            *times += 1;
            hex::encode(&Sha256::digest(format!("{identity}\n{times}"))[..16])
        };
        self.issues.iter().map(fingerprint).collect()
    }

    fn outcome(&self, issue: &Issue, fingerprint: String, source: &str) -> Outcome {
        let Issue { rule, code, place, found, expected, .. } = issue;
        let rule_index = self.checks.iter().position(|check| check.rule == *rule);
        Outcome {
            rule_id: rule.id(),
            rule_index: rule_index.expect("invariant: what is found was checked"),
            kind: "fail",
            level: rule.level().word(),
            message: message(format!("{found}; expected {expected}. {}", rule.meaning())),
            locations: [Location {
                physical_location: PhysicalLocation { artifact_location: location(source) },
                logical_locations: logical_location(issue),
            }],
            partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint)]),
            properties: json!({
                "code": code, "place": place, "found": found, "expected": expected,
            }),
        }
    }
}

/// The log of an audit that came to nothing, as the state in `source` cannot be read: `complaint`
/// says why, a line for each reason. Ends with a line break.
pub fn unreadable(complaint: &str, source: &str) -> String {
    let notifications = complaint.lines().map(|line| Notification {
        level: "error",
        message: message(line.strip_prefix("error: ").unwrap_or(line).to_owned()),
    });
    log(Run {
        tool: tool(Vec::new()),
        invocations: [Invocation {
            execution_successful: false,
            exit_code: 2,
            tool_execution_notifications: notifications.collect(),
        }],
        artifacts: vec![artifact(source)],
        results: Vec::new(),
        column_kind: "unicodeCodePoints",
        properties: None,
    })
}

impl Descriptor {
    fn of(check: &Check) -> Descriptor {
        let rule = check.rule;
        Descriptor {
            id: rule.id(),
            name: pascal_case(rule.name()),
            short_description: message(rule.name().to_owned()),
            full_description: message(rule.statement().to_owned()),
            help: message(format!("{} {}", rule.statement(), rule.meaning())),
            default_configuration: Configuration { level: rule.level().word() },
        }
    }
}

fn logical_location(issue: &Issue) -> Vec<LogicalLocation> {
    if issue.place.is_empty() {
        return Vec::new();
    }
    let name = match issue.subject {
        Subject::Whole => issue.place.clone(),
        Subject::Account(address) | Subject::Computation(address) => format!("{address:x}"),
    };
    let fully_qualified_name = issue.place.clone();
    let kind = if issue.place.ends_with(']') { "object" } else { "property" };
    vec![LogicalLocation { name, fully_qualified_name, kind }]
}

fn log(run: Run) -> String {
    pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

fn tool(rules: Vec<Descriptor>) -> Tool {
    Tool {
        driver: Driver {
            name: "zkreg",
            semantic_version: env!("CARGO_PKG_VERSION"),
            short_description: message(
                "Audits a state of the ZK node registry of Partisia Blockchain".to_owned(),
            ),
            rules,
        },
    }
}

fn message(text: String) -> Message {
    Message { text }
}

fn artifact(source: &str) -> Artifact {
    Artifact { location: location(source), roles: ["analysisTarget"] }
}

fn location(source: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri(source), index: 0 }
}

/// A path or URL as a reference of RFC 3986: what may not stand in one is written `%XX`.
fn uri(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for byte in source.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'?' | b'=' | b'&' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// `no negative amount` as `NoNegativeAmount`.
fn pascal_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|it| it.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split_whitespace().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_are_written_as_the_format_wants_them() {
        assert_eq!(pascal_case("meaning of unlockTime"), "MeaningOfUnlockTime");
        assert_eq!(uri("states/June 15%.json"), "states/June%2015%25.json");
        assert_eq!(uri("https://a.example:8080/x?y=1"), "https://a.example:8080/x?y=1");
    }
}
