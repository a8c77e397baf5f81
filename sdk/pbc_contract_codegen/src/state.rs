//! `#[state]`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, Fields, Item, Result};

/// Marks the state struct.
///
/// # Errors
///
/// Arguments; anything but a struct with named fields; a generic struct.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new(attribute.span(), "`#[state]` takes no arguments"));
    }
    let item: Item = syn::parse2(item)?;
    let Item::Struct(state) = item else {
        let message = "`#[state]` belongs on a struct with named fields: put an enum into a field";
        return Err(Error::new(item.span(), message));
    };
    if !matches!(state.fields, Fields::Named(_)) {
        let message = format!(
            "`#[state]` needs named fields: write `struct {} {{ name: Type }}`",
            state.ident
        );
        return Err(Error::new(state.ident.span(), message));
    }
    if !state.generics.params.is_empty() {
        let message = "`#[state]` cannot be generic: a contract has one state type";
        return Err(Error::new(state.generics.span(), message));
    }

    let ident = &state.ident;
    let unique = Ident::new("__pbc_a_contract_has_one_state_and_no_second", ident.span());
    Ok(quote! {
        #[doc(hidden)]
        use create_type_spec_derive::CreateTypeSpec as InternalDeriveCreateType;
        #[doc(hidden)]
        use read_write_state_derive::ReadWriteState as InternalDeriveReadWriteState;

        #[doc(hidden)]
        #[allow(non_upper_case_globals, dead_code)]
        const #unique: () = ();

        #[derive(InternalDeriveReadWriteState, InternalDeriveCreateType)]
        #[repr(C)]
        #state

        #[cfg(all(feature = "abi", not(target_arch = "wasm32")))]
        const _: () = {
            #[allow(unsafe_code)]
            #[pbc_lib::linkme::distributed_slice(pbc_lib::STATES)]
            #[linkme(crate = pbc_lib::linkme)]
            static STATE: pbc_lib::StateEntry = pbc_lib::StateEntry {
                contract: ::std::module_path!(),
                spec: pbc_traits::derive::describe::<#ident>,
            };
        };

        #[cfg(all(feature = "abi", target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code)]
        #[export_name = "__abi_generate_to_ptr"]
        pub extern "C" fn __abi_generate_to_ptr(
            functions_length: u32,
            functions: *const u32,
            _types_length: u32,
            _types: *const u32,
        ) -> u64 {
            pbc_lib::abi::generate_to_pointer(
                pbc_traits::derive::describe::<#ident>,
                functions_length,
                functions,
            )
        }

        #[cfg(all(feature = "abi", target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code)]
        #[export_name = "__abi_malloc"]
        pub extern "C" fn __abi_malloc(size: u32) -> *mut u8 {
            pbc_lib::abi::allocate(size)
        }
    })
}
