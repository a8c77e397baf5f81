//! Registry states as JSON: the document that a reader node serves, and the one written here.
//!
//! A *live* document is what the live registry shows; an *export* also has what only this registry
//! keeps: `computations`, `roster` and `settings`. Importing takes either, alone or in the envelope
//! of a reader node, and gives an [`Image`](crate::image::Image), what its times and scores were
//! taken to mean, and findings; or it gives every reason why it cannot. Importing an export gives
//! the image that was exported.
//!
//! A document is read once, from front to back, and never held as text: memory grows with the
//! records in it. [`MAX_DOCUMENT_BYTES`] bounds both. A live document of 320,000 nodes, 208 MiB
//! long, takes 240 MiB; the worst, nothing but entries with hardly anything in them, takes less
//! than five times its length.
//!
//! Source: `registry.md` 11.

mod computations;
mod contracts;
mod document;
mod error;
mod export;
mod import;
mod read;
mod readings;

pub use self::contracts::ContractEnds;
pub use self::document::{read_collaborators, read_settings, read_terms};
pub use self::error::{ImportCode, ImportError, ImportFailure, Place};
pub(crate) use self::export::writer_settings;
pub use self::export::{Layout, export, export_to_string};
pub use self::import::{ImportOptions, Imported, InFlight, deployment_settings, import};
pub use self::read::{MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_ERRORS, MAX_FINDINGS, parse_address};
pub use self::readings::{Clock, Reading, Readings, ScoreMeaning};
