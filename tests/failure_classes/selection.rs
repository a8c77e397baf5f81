//! Group E: which nodes serve a request.

mod draw;
mod eligibility;
mod lists;
