//! Scenarios, conformance and failure classes: see the test targets.
