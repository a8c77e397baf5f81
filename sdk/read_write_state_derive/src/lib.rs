//! `#[derive(ReadWriteState)]`: the coding of state.
//!
//! Source: `pbc-formats.md` 1.4, 2.1 and 2.2.

#![forbid(unsafe_code)]

use pbc_derive_model::{quiet, with_bound, Codec, Model, Shape};
use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{parse_macro_input, DeriveInput, Error};

/// Derives `ReadWriteState` for a struct with named fields, for an enum of struct variants with
/// `#[discriminant(<number>)]`, or for a C-style enum (which then needs `PartialEq`).
#[proc_macro_derive(ReadWriteState, attributes(discriminant))]
pub fn read_write_state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    Model::parse(input).map_or_else(Error::into_compile_error, |model| expand(&model)).into()
}

fn expand(model: &Model) -> proc_macro2::TokenStream {
    let codec = Codec {
        decode_field: quote!(pbc_traits::derive::state_field),
        write: quote!(pbc_traits::ReadWriteState::state_write_to),
        read_trait: quote!(pbc_traits::ReadWriteState),
        min_size: quote!(STATE_MIN_SIZE),
    };
    let quiet = quiet();
    let ident = &model.ident;
    let generics = with_bound(&model.generics, &format_ident!("ReadWriteState"));
    let (parameters, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    let by_copy = by_copy(model);
    let (decode, encode) = (codec.decode(model), codec.encode(model));
    let (min_size, demands) = (codec.min_size(model), codec.demands(model));

    quote! {
        #demands

        #quiet
        impl #parameters pbc_traits::ReadWriteState for #ident #arguments #conditions {
            const SERIALIZABLE_BY_COPY: bool = #by_copy;
            const STATE_MIN_SIZE: usize = #min_size;

            fn state_read_from<PbcReader: ::std::io::Read>(reader: &mut PbcReader) -> Self {
                pbc_traits::derive::read_state(reader)
            }

            #[inline]
            fn state_write_to<PbcWriter: ::std::io::Write>(
                &self,
                writer: &mut PbcWriter,
            ) -> ::std::io::Result<()> {
                #encode
            }

            #[inline]
            fn state_decode<PbcSource: pbc_traits::Source>(
                source: &mut PbcSource,
            ) -> ::std::result::Result<Self, pbc_traits::DecodeError> {
                #decode
            }
        }
    }
}

/// Structs of copyable fields without padding, and C-style enums.
fn by_copy(model: &Model) -> proc_macro2::TokenStream {
    match &model.shape {
        Shape::Struct(fields) => {
            let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
            quote! {
                #(<#types as pbc_traits::ReadWriteState>::SERIALIZABLE_BY_COPY &&)*
                pbc_traits::derive::is_packed(
                    ::std::mem::size_of::<Self>(),
                    &[#(::std::mem::size_of::<#types>()),*],
                )
            }
        }
        Shape::Enum(_) => quote!(false),
        Shape::CStyle(_) => quote!(true),
    }
}
