//! `#[derive(CreateTypeSpec)]`: the listing of a type in the ABI.
//!
//! Everything it writes is under `cfg(feature = "abi")` of the contract.
//!
//! Source: `pbc-formats.md` 1.2, 1.4, 3.3 and 3.4.

#![forbid(unsafe_code)]

use std::collections::HashMap;

use pbc_derive_model::{name_of, quiet, Field, Model, Shape};
use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{
    parse_macro_input, parse_quote, DeriveInput, Error, GenericParam, Generics, Ident, Type,
};

/// Derives `CreateTypeSpec` for a struct with named fields or for an enum of struct variants with
/// `#[discriminant(<number>)]`. The ABI has no C-style enums.
#[proc_macro_derive(CreateTypeSpec, attributes(discriminant))]
pub fn create_type_spec(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    Model::parse(input)
        .and_then(|model| expand(&model))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Lists one instance of a generic type, `create_type_spec_for_generic! { Wrap<u32> }`.
///
/// The generator finds the instances that are in use by itself; this only checks the type.
#[proc_macro]
pub fn create_type_spec_for_generic(input: TokenStream) -> TokenStream {
    let ty = parse_macro_input!(input as Type);
    quote! {
        #[cfg(feature = "abi")]
        const _: () = {
            const fn listed<T: pbc_traits::CreateTypeSpec>() {}
            listed::<#ty>();
        };
    }
    .into()
}

fn expand(model: &Model) -> syn::Result<proc_macro2::TokenStream> {
    let quiet = quiet();
    let ident = &model.ident;
    let name = name_of(ident);
    let register = match &model.shape {
        Shape::Struct(fields) => register_struct(fields)?,
        Shape::Enum(variants) => {
            let variants = variants
                .iter()
                .map(|variant| {
                    let (name, number) = (name_of(&variant.ident), variant.discriminant);
                    let fields = list_fields(&variant.fields)?;
                    Ok(quote! {
                        let mut record = listed.variant(table, #number, #name);
                        #fields
                        record.end(table);
                    })
                })
                .collect::<syn::Result<Vec<_>>>()?;
            quote! {
                if let ::std::option::Option::Some(mut listed) =
                    pbc_traits::derive::EnumRecord::begin(table, identifier, name)
                {
                    #(#variants)*
                    listed.end(table);
                }
            }
        }
        Shape::CStyle(_) => {
            let message = format!(
                "the ABI has no C-style enums: write the variants of `{ident}` as \
                 `#[discriminant(<number>)] Name {{}}`"
            );
            return Err(Error::new(ident.span(), message));
        }
    };

    let generics = bounded(&model.generics);
    let (parameters, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    let types: Vec<&Ident> =
        model.generics.type_params().map(|parameter| &parameter.ident).collect();
    let exports = exports(ident, types.is_empty());

    Ok(quote! {
        #[cfg(feature = "abi")]
        #quiet
        impl #parameters pbc_traits::CreateTypeSpec for #ident #arguments #conditions {
            fn __ty_name() -> ::std::string::String {
                let mut name = ::std::string::String::from(#name);
                #({
                    let part = <#types as pbc_traits::CreateTypeSpec>::__ty_name();
                    let mut letters = part.chars().filter(|letter| letter.is_alphanumeric());
                    name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
                    name.extend(letters);
                })*
                name
            }

            fn __ty_identifier() -> ::std::string::String {
                // Types of one name in two modules differ; so do instances of a generic type.
                ::std::string::String::from(::std::any::type_name::<Self>())
            }

            fn __ty_spec_write(
                w: &mut ::std::vec::Vec<u8>,
                lut: &::std::collections::BTreeMap<::std::string::String, u8>,
            ) {
                let identifier = <Self as pbc_traits::CreateTypeSpec>::__ty_identifier();
                let index = lut.get(&identifier).copied();
                w.push(0);
                w.push(index.expect("a type that the ABI refers to must be listed in it"));
            }

            fn __ty_register(table: &mut pbc_traits::TypeTable) {
                let identifier = <Self as pbc_traits::CreateTypeSpec>::__ty_identifier();
                let name = <Self as pbc_traits::CreateTypeSpec>::__ty_name();
                #register
            }
        }

        #exports
    })
}

fn register_struct(fields: &[Field]) -> syn::Result<proc_macro2::TokenStream> {
    let fields = list_fields(fields)?;
    Ok(quote! {
        if let ::std::option::Option::Some(mut record) =
            pbc_traits::derive::StructRecord::begin(table, identifier, name)
        {
            #fields
            record.end(table);
        }
    })
}

fn list_fields(fields: &[Field]) -> syn::Result<proc_macro2::TokenStream> {
    let mut seen = HashMap::new();
    for Field { ident, .. } in fields {
        if let Some(other) = seen.insert(name_of(ident).to_lowercase(), ident) {
            let message = format!(
                "the ABI lower-cases field names, which makes `{other}` and `{ident}` the same: \
                 rename one"
            );
            return Err(Error::new(ident.span(), message));
        }
    }
    let fields = fields.iter().map(|Field { ident, ty }| {
        let name = name_of(ident);
        quote! { record.field::<#ty>(table, #name); }
    });
    Ok(quote! { #(#fields)* })
}

fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(pbc_traits::CreateTypeSpec));
        }
    }
    generics
}

/// The exports by which a tool lists the types of an `abi` build. The generator needs no such
/// list, so they all give 0.
fn exports(ident: &Ident, exported: bool) -> proc_macro2::TokenStream {
    if !exported {
        return proc_macro2::TokenStream::new();
    }
    let name = name_of(ident).to_lowercase();
    let pointer = format_ident!("__abi_type_as_fn_ptr_{name}");
    let export = pointer.to_string();
    quote! {
        #[cfg(all(feature = "abi", target_arch = "wasm32"))]
        #[doc(hidden)]
        #[allow(missing_docs, unsafe_code)]
        #[export_name = #export]
        pub extern "C" fn #pointer() -> u32 {
            0
        }
    }
}
