//! Group H: bytes that come from outside, in calls and in stored state.

mod calls;
mod state;
