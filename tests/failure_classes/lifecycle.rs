//! Group F: registering, resigning, bans, re-requests.

mod membership;
mod re_request;
mod registration;
