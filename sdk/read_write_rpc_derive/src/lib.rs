//! `#[derive(ReadRPC)]`, `#[derive(WriteRPC)]` and `#[derive(ReadWriteRPC)]`, which is both: the
//! coding of calls.
//!
//! Source: `pbc-formats.md` 1.4 and 2.1.

#![forbid(unsafe_code)]

use pbc_derive_model::{quiet, with_bound, Codec, Model};
use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{parse_macro_input, DeriveInput, Error};

/// Derives `ReadRPC` for a struct with named fields, for an enum of struct variants with
/// `#[discriminant(<number>)]`, or for a C-style enum (which then needs `PartialEq`).
#[proc_macro_derive(ReadRPC, attributes(discriminant))]
pub fn read_rpc(input: TokenStream) -> TokenStream {
    derive(input, &[expand_demands, expand_read])
}

/// Derives `WriteRPC` for the same types as `ReadRPC`.
#[proc_macro_derive(WriteRPC, attributes(discriminant))]
pub fn write_rpc(input: TokenStream) -> TokenStream {
    derive(input, &[expand_demands, expand_write])
}

/// Derives `ReadRPC` and `WriteRPC`.
#[proc_macro_derive(ReadWriteRPC, attributes(discriminant))]
pub fn read_write_rpc(input: TokenStream) -> TokenStream {
    derive(input, &[expand_demands, expand_read, expand_write])
}

fn derive(
    input: TokenStream,
    parts: &[fn(&Model, &Codec) -> proc_macro2::TokenStream],
) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let codec = Codec {
        decode_field: quote!(pbc_traits::derive::rpc_field),
        write: quote!(pbc_traits::WriteRPC::rpc_write_to),
        read_trait: quote!(pbc_traits::ReadRPC),
        min_size: quote!(RPC_MIN_SIZE),
    };
    Model::parse(input)
        .map_or_else(Error::into_compile_error, |model| {
            parts.iter().map(|part| part(&model, &codec)).collect()
        })
        .into()
}

fn expand_demands(model: &Model, codec: &Codec) -> proc_macro2::TokenStream {
    codec.demands(model)
}

fn expand_read(model: &Model, codec: &Codec) -> proc_macro2::TokenStream {
    let quiet = quiet();
    let ident = &model.ident;
    let generics = with_bound(&model.generics, &format_ident!("ReadRPC"));
    let (parameters, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    let (decode, min_size) = (codec.decode(model), codec.min_size(model));

    quote! {
        #quiet
        impl #parameters pbc_traits::ReadRPC for #ident #arguments #conditions {
            const RPC_MIN_SIZE: usize = #min_size;

            fn rpc_read_from<PbcReader: ::std::io::Read>(reader: &mut PbcReader) -> Self {
                pbc_traits::derive::read_rpc(reader)
            }

            #[inline]
            fn rpc_decode<PbcSource: pbc_traits::Source>(
                source: &mut PbcSource,
            ) -> ::std::result::Result<Self, pbc_traits::DecodeError> {
                #decode
            }
        }
    }
}

fn expand_write(model: &Model, codec: &Codec) -> proc_macro2::TokenStream {
    let quiet = quiet();
    let ident = &model.ident;
    let generics = with_bound(&model.generics, &format_ident!("WriteRPC"));
    let (parameters, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    let encode = codec.encode(model);

    quote! {
        #quiet
        impl #parameters pbc_traits::WriteRPC for #ident #arguments #conditions {
            #[inline]
            fn rpc_write_to<PbcWriter: ::std::io::Write>(
                &self,
                writer: &mut PbcWriter,
            ) -> ::std::io::Result<()> {
                #encode
            }
        }
    }
}
