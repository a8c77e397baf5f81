//! Group I: what happens between a call and its callback, and when the callback does not come.

mod deadlines;
mod expirations;
mod transfers;
