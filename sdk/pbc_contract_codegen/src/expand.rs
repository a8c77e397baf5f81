//! What a hook becomes: itself, its wrapper, and its entry in the host's table.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::hook::{Hook, Kind};
use crate::shortname;

/// The items that replace the function.
pub(crate) fn expand(hook: &Hook) -> TokenStream {
    let function = &hook.function;
    let wrapper = wrapper(hook);
    let entry = entry(hook);
    let abi = abi(hook);
    let kind = match hook.kind {
        Kind::Init => init_items(),
        Kind::Action => not_zk(),
        Kind::Callback => {
            let constant = callback_constant(hook);
            let not_zk = not_zk();
            quote! { #not_zk #constant }
        }
    };
    let unique = unique(hook);
    quote! { #function #wrapper #entry #abi #kind #unique }
}

/// The function that takes the bytes of a call and gives those of its result.
fn wrapper(hook: &Hook) -> TokenStream {
    let ident = hook.ident();
    let name = format_ident!("__pbc_autogen__{}_wrapped", hook.name());
    let export = hook.export();
    let mut reads = Vec::new();
    let mut values = Vec::new();
    let parts = match hook.kind {
        Kind::Init => &["context"][..],
        Kind::Action => &["context", "state"],
        Kind::Callback => &["context", "callback_context", "state"],
    };
    for (ty, part) in hook.leading.iter().zip(parts) {
        let (value, read) = (format_ident!("{part}"), format_ident!("read_{part}"));
        reads.push(quote_spanned! { ty.span() => let #value: #ty = call.#read(); });
        values.push(value);
    }
    for (index, argument) in hook.arguments.iter().enumerate() {
        let (ty, value) = (&argument.ty, format_ident!("argument_{index}"));
        reads.push(quote_spanned! { ty.span() => let #value: #ty = call.read_argument(); });
        values.push(value);
    }
    let finish = if hook.has_events {
        quote! {
            let (state, events) = result;
            let events: ::std::vec::Vec<pbc_contract_common::events::EventGroup> = events;
            call.finish(&state, &events)
        }
    } else {
        quote! { call.finish_without_events(&result) }
    };
    quote! {
        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, clippy::pedantic)]
        #[cfg_attr(target_arch = "wasm32", export_name = #export)]
        pub extern "C-unwind" fn #name(input: *mut u8, length: usize) -> u64 {
            let mut call = pbc_lib::Call::begin(input, length);
            #(#reads)*
            call.end_of_arguments();
            let result = #ident(#(#values),*);
            #finish
        }
    }
}

/// The element of the host's table.
fn entry(hook: &Hook) -> TokenStream {
    let function = hook.name();
    let name = format_ident!("__PBC_ENTRY_{}", hook.name());
    let wrapper = format_ident!("__pbc_autogen__{}_wrapped", hook.name());
    let arguments = argument_specs(hook);
    let number = hook.shortname;
    let export = match hook.kind {
        Kind::Init => quote!(pbc_lib::Export::Init),
        Kind::Action => quote!(pbc_lib::Export::Action(#number)),
        Kind::Callback => quote!(pbc_lib::Export::Callback(#number)),
    };
    quote! {
        #[cfg(not(target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs, non_upper_case_globals, unreachable_pub)]
        pub const #name: pbc_lib::Entry = {
            #[cfg(feature = "abi")]
            const ARGUMENTS: ::std::option::Option<&[pbc_lib::Argument]> =
                ::std::option::Option::Some(#arguments);
            #[cfg(not(feature = "abi"))]
            const ARGUMENTS: ::std::option::Option<&[pbc_lib::Argument]> =
                ::std::option::Option::None;
            pbc_lib::Entry {
                contract: ::std::module_path!(),
                export: #export,
                function: #function,
                wrapper: #wrapper,
                arguments: ARGUMENTS,
            }
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            #[allow(unsafe_code)]
            #[pbc_lib::linkme::distributed_slice(pbc_lib::ENTRIES)]
            #[linkme(crate = pbc_lib::linkme)]
            static ENTRY: pbc_lib::Entry = #name;
        };
    }
}

fn argument_specs(hook: &Hook) -> TokenStream {
    let arguments = hook.arguments.iter().map(|argument| {
        let (name, ty) = (&argument.name, &argument.ty);
        quote! {
            pbc_lib::Argument { name: #name, spec: pbc_traits::derive::describe::<#ty> }
        }
    });
    quote! { &[#(#arguments),*] }
}

/// The exports by which a tool makes an `abi` build describe itself.
fn abi(hook: &Hook) -> TokenStream {
    let function = hook.name();
    let describe = format_ident!("__abi_fn_{}", hook.name());
    let pointer = format_ident!("__abi_fn_as_fn_ptr___abi_fn_{}", hook.name());
    let export = pointer.to_string();
    let arguments = argument_specs(hook);
    let kind = match hook.kind {
        Kind::Init => 1_u8,
        Kind::Action => 2,
        Kind::Callback => 3,
    };
    let shortname = Literal::byte_string(&shortname::leb(hook.shortname));
    quote! {
        #[cfg(all(feature = "abi", target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs)]
        pub fn #describe() -> pbc_lib::abi::Function {
            pbc_lib::abi::Function {
                kind: #kind,
                name: #function,
                shortname: #shortname.to_vec(),
                arguments: #arguments,
            }
        }

        #[cfg(all(feature = "abi", target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code)]
        #[export_name = #export]
        pub extern "C" fn #pointer() -> u32 {
            pbc_lib::abi::function_index(#describe)
        }
    }
}

/// The version markers, for tools that look for them among the exports.
fn init_items() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(dead_code)]
        const __PBC_IS_ZK_CONTRACT: bool = false;

        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code, unreachable_pub)]
        #[cfg_attr(target_arch = "wasm32", no_mangle)]
        pub static __PBC_VERSION_CLIENT_5_4_0: () = ();

        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code, unreachable_pub)]
        #[cfg_attr(target_arch = "wasm32", no_mangle)]
        pub static __PBC_VERSION_BINDER_10_2_0: () = ();
    }
}

fn not_zk() -> TokenStream {
    quote! {
        const _: () = assert!(!__PBC_IS_ZK_CONTRACT, "a public hook in a ZK contract");
    }
}

fn callback_constant(hook: &Hook) -> TokenStream {
    let name = format_ident!("SHORTNAME_{}", hook.name().to_uppercase());
    let number = hook.shortname;
    quote! {
        #[allow(dead_code)]
        const #name: pbc_contract_common::address::ShortnameCallback =
            pbc_contract_common::address::ShortnameCallback::from_u32(#number);
    }
}

/// An item whose name holds kind and shortname: a second hook with both does not compile.
fn unique(hook: &Hook) -> TokenStream {
    let kind = hook.kind.name();
    let name = match hook.kind {
        Kind::Init => "__pbc_a_contract_has_one_init_and_no_second".to_string(),
        Kind::Action | Kind::Callback => format!(
            "__pbc_each_{kind}_needs_a_shortname_of_its_own_but_two_have_0x{}",
            hook.shortname_hex()
        ),
    };
    let name = Ident::new(&name, hook.shortname_span);
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, dead_code)]
        const #name: () = ();
    }
}
