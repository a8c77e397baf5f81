//! What was noted while reading: errors and findings, up to a number of them.

use std::io;

use crate::image::{Finding, Oddity};
use crate::json::error::{ImportCode, ImportError, ImportFailure};

/// How many errors are listed before the rest is only counted.
pub const MAX_ERRORS: usize = 10_000;

/// How many findings are listed before the rest is only counted.
pub const MAX_FINDINGS: usize = 100_000;

/// What was noted while reading.
#[derive(Debug, Default)]
pub(in crate::json) struct Notes {
    errors: Vec<ImportError>,
    more_errors: u64,
    findings: Vec<Finding>,
    more_findings: u64,
    /// Whether the text could not be read to its end.
    pub(super) stopped: bool,
    /// The reader failed, which is nothing that the document could be blamed for.
    pub(super) unreadable: Option<io::Error>,
}

impl Notes {
    /// Notes an error that is not in one place of the text.
    pub(in crate::json) fn error(
        &mut self,
        code: ImportCode,
        path: String,
        message: impl Into<String>,
    ) {
        self.push_error(ImportError { code, path, message: message.into(), place: None });
    }

    pub(in crate::json) fn finding(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more_findings = self.more_findings.saturating_add(1);
        }
    }

    pub(in crate::json) fn findings(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.finding(finding));
    }

    pub(in crate::json) fn absorb(&mut self, other: Notes) {
        other.errors.into_iter().for_each(|error| self.push_error(error));
        self.findings(other.findings);
        self.more_errors = self.more_errors.saturating_add(other.more_errors);
        self.more_findings = self.more_findings.saturating_add(other.more_findings);
        self.stopped |= other.stopped;
        self.unreadable = self.unreadable.take().or(other.unreadable);
    }

    /// Takes out the errors that are no second use of a key.
    pub(in crate::json) fn take_errors_of_shape(&mut self) -> Vec<ImportError> {
        let (repeated, shape) = std::mem::take(&mut self.errors)
            .into_iter()
            .partition(|error| error.code == ImportCode::DuplicateKey);
        self.errors = repeated;
        shape
    }

    /// What was found, when there is no error.
    pub(in crate::json) fn into_findings(mut self) -> Vec<Finding> {
        if self.more_findings > 0 {
            self.findings.push(Oddity::More { left_out: self.more_findings }.at(""));
        }
        self.findings
    }

    /// What is wrong, when there is an error.
    pub(in crate::json) fn into_failure(mut self) -> ImportFailure {
        if let Some(error) = self.unreadable {
            return ImportFailure::Unreadable(error);
        }
        if self.more_errors > 0 {
            let message = format!("{} more errors are not listed", self.more_errors);
            let (code, path) = (ImportCode::Malformed, String::new());
            self.errors.push(ImportError { code, path, message, place: None });
        }
        ImportFailure::Refused(self.errors)
    }

    pub(in crate::json) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    pub(in crate::json) fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub(in crate::json) fn has_errors(&self) -> bool {
        !self.errors.is_empty() || self.unreadable.is_some()
    }

    pub(super) fn push_error(&mut self, error: ImportError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.more_errors = self.more_errors.saturating_add(1);
        }
    }
}
