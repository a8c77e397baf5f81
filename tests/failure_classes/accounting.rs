//! Group C: every token in one place, every release once.

mod expired;
mod tokens;
mod work;
