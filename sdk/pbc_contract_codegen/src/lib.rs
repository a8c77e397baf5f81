//! The attribute macros of Partisia contracts: `#[state]`, `#[init]`, `#[action]`, `#[callback]`.
//!
//! On wasm32 a hook is exported under its published name. Elsewhere it has no symbol of its own,
//! so that several contracts fit in one process: it is an element of `pbc_lib::ENTRIES`.
//!
//! Not here: ZK contracts. What they would need is refused.
//!
//! Source: `pbc-formats.md` 1.2, 2.4 and 5.

#![forbid(unsafe_code)]

mod attribute;
mod expand;
mod hook;
mod shortname;
mod state;

use hook::Kind;
use proc_macro::TokenStream;

/// Marks the struct that is the contract's state. Takes no arguments; stands alone on its line.
///
/// Adds `#[repr(C)]` and derives `ReadWriteState` and `CreateTypeSpec`.
#[proc_macro_attribute]
pub fn state(attribute: TokenStream, item: TokenStream) -> TokenStream {
    state::expand(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Marks the function that creates the contract: `fn(ContractContext, args…) -> State`, or to
/// `(State, Vec<EventGroup>)`.
#[proc_macro_attribute]
pub fn init(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook(Kind::Init, attribute, item)
}

/// Marks an action: `fn(ContractContext, State, args…) -> State`, or to
/// `(State, Vec<EventGroup>)`. `#[action(shortname = 0x01)]` gives its shortname; without one it
/// is derived from the name of the function.
#[proc_macro_attribute]
pub fn action(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook(Kind::Action, attribute, item)
}

/// Marks a callback: `fn(ContractContext, CallbackContext, State, args…) -> State`, or to
/// `(State, Vec<EventGroup>)`. `#[callback(shortname = 0x20)]`: the shortname is required, and
/// `SHORTNAME_<NAME>` becomes its constant.
#[proc_macro_attribute]
pub fn callback(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook(Kind::Callback, attribute, item)
}

fn hook(kind: Kind, attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook::Hook::parse(kind, attribute.into(), item.into())
        .map_or_else(syn::Error::into_compile_error, |hook| expand::expand(&hook))
        .into()
}
