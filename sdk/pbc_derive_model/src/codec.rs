//! The bodies of decoders and encoders, which differ between calls and state in names only.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Field, Model, Shape};
use crate::name_of;

/// One of the two codings.
pub struct Codec {
    /// The function that decodes a field, `(source, name) -> Result`.
    pub decode_field: TokenStream,
    /// The function that writes a value, `(&value, writer) -> io::Result`.
    pub write: TokenStream,
    /// The trait that decodes.
    pub read_trait: TokenStream,
    /// Its constant for the least size of an encoding.
    pub min_size: TokenStream,
}

impl Codec {
    /// Statements that decode the type from `source`, to a `Result`.
    pub fn decode(&self, model: &Model) -> TokenStream {
        let unknown = quote! {
            byte => ::std::result::Result::Err(pbc_traits::DecodeError::at(
                position,
                pbc_traits::Cause::InvalidDiscriminant { byte },
            ))
        };
        match &model.shape {
            Shape::Struct(fields) => {
                let fields = self.decode_fields(fields);
                quote! { ::std::result::Result::Ok(Self { #fields }) }
            }
            Shape::Enum(variants) => {
                let arms = variants.iter().map(|variant| {
                    let (ident, number) = (&variant.ident, variant.discriminant);
                    let name = name_of(ident);
                    let fields = self.decode_fields(&variant.fields);
                    quote! {
                        #number => {
                            pbc_traits::Source::enter(source, pbc_traits::Step::Variant(#name));
                            let value = Self::#ident { #fields };
                            pbc_traits::Source::leave(source);
                            ::std::result::Result::Ok(value)
                        }
                    }
                });
                quote! {
                    let position = pbc_traits::Source::position(source);
                    match pbc_traits::Source::byte(source)? { #(#arms)* #unknown }
                }
            }
            Shape::CStyle(variants) => {
                let arms = variants.iter().map(|variant| {
                    let ident = &variant.ident;
                    quote! {
                        byte if byte == Self::#ident as u8 => {
                            ::std::result::Result::Ok(Self::#ident)
                        }
                    }
                });
                quote! {
                    let position = pbc_traits::Source::position(source);
                    match pbc_traits::Source::byte(source)? { #(#arms)* #unknown }
                }
            }
        }
    }

    fn decode_fields(&self, fields: &[Field]) -> TokenStream {
        let decode = &self.decode_field;
        let fields = fields.iter().map(|Field { ident, ty }| {
            let name = name_of(ident);
            quote! { #ident: #decode::<#ty, _>(source, #name)? }
        });
        quote! { #(#fields),* }
    }

    /// Statements that write `self` to `writer`, to an `io::Result`.
    pub fn encode(&self, model: &Model) -> TokenStream {
        let write = &self.write;
        match &model.shape {
            Shape::Struct(fields) => {
                let fields = fields.iter().map(|field| &field.ident);
                quote! {
                    #(#write(&self.#fields, writer)?;)*
                    ::std::result::Result::Ok(())
                }
            }
            Shape::Enum(variants) => {
                let arms = variants.iter().map(|variant| {
                    let (ident, number) = (&variant.ident, variant.discriminant);
                    let fields: Vec<_> = variant.fields.iter().map(|field| &field.ident).collect();
                    let values: Vec<_> =
                        (0..fields.len()).map(|index| format_ident!("value_{index}")).collect();
                    quote! {
                        Self::#ident { #(#fields: #values),* } => {
                            ::std::io::Write::write_all(writer, &[#number])?;
                            #(#write(#values, writer)?;)*
                            ::std::result::Result::Ok(())
                        }
                    }
                });
                quote! { match self { #(#arms)* } }
            }
            Shape::CStyle(variants) => {
                let arms = variants.iter().map(|variant| {
                    let ident = &variant.ident;
                    quote! { Self::#ident => Self::#ident as u8 }
                });
                quote! {
                    let number: u8 = match self { #(#arms),* };
                    ::std::io::Write::write_all(writer, &[number])
                }
            }
        }
    }

    /// A constant expression: the least bytes that a value takes.
    pub fn min_size(&self, model: &Model) -> TokenStream {
        let sum = |fields: &[Field]| {
            let (read_trait, min_size) = (&self.read_trait, &self.min_size);
            let types = fields.iter().map(|field| &field.ty);
            quote! { 0 #(+ <#types as #read_trait>::#min_size)* }
        };
        match &model.shape {
            Shape::Struct(fields) => sum(fields),
            Shape::Enum(variants) => {
                let sums = variants.iter().map(|variant| sum(&variant.fields));
                quote! { 1 + pbc_traits::derive::min_of(&[#(#sums),*]) }
            }
            Shape::CStyle(_) => quote! { 1 },
        }
    }

    /// What the official derives demand of a C-style enum: one byte, and `PartialEq`.
    pub fn demands(&self, model: &Model) -> TokenStream {
        let Shape::CStyle(_) = &model.shape else {
            return TokenStream::new();
        };
        let ident = &model.ident;
        quote! {
            const _: () = {
                assert!(
                    ::std::mem::size_of::<#ident>() == 1,
                    "a C-style enum is coded as one byte: its numbers must fit in a `u8`"
                );
                const fn comparable<T: ::std::cmp::PartialEq>() {}
                comparable::<#ident>();
            };
        }
    }
}
