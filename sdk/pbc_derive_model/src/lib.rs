//! What the derives accept, parsed once and refused in one place, and the code that their outputs
//! share.
//!
//! Source: `pbc-formats.md` 1.4.

#![forbid(unsafe_code)]

mod codec;
mod generics;
mod model;

pub use codec::Codec;
pub use generics::with_bound;
pub use model::{CStyleVariant, Field, Model, Shape, Variant};

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::Ident;

/// The attributes of every generated item: contracts lint their own code only.
pub fn quiet() -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(
            missing_docs,
            unused_variables,
            clippy::all,
            clippy::pedantic,
            clippy::as_conversions,
            clippy::indexing_slicing,
            clippy::panic,
            clippy::unwrap_used
        )]
    }
}

/// A name as the ABI shows it: without the `r#` of raw identifiers.
pub fn name_of(ident: &Ident) -> String {
    ident.unraw().to_string()
}
