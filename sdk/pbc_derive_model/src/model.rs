//! The types that derives accept.

use std::collections::HashSet;

use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Error, Expr, ExprLit, Fields, Generics, Ident, Lit,
    Result, Type,
};

/// A type that derives accept.
pub struct Model {
    /// Its name.
    pub ident: Ident,
    /// Its parameters.
    pub generics: Generics,
    /// What it consists of.
    pub shape: Shape,
}

/// What a type consists of.
pub enum Shape {
    /// A struct with named fields, perhaps none.
    Struct(Vec<Field>),
    /// An enum of struct variants, each with a discriminant.
    Enum(Vec<Variant>),
    /// An enum of names with numbers.
    CStyle(Vec<CStyleVariant>),
}

/// A field.
pub struct Field {
    /// Its name.
    pub ident: Ident,
    /// Its type: a path, or an array.
    pub ty: Type,
}

/// A struct variant.
pub struct Variant {
    /// Its name.
    pub ident: Ident,
    /// Its number.
    pub discriminant: u8,
    /// Its fields, perhaps none.
    pub fields: Vec<Field>,
}

/// A variant of a C-style enum.
pub struct CStyleVariant {
    /// Its name.
    pub ident: Ident,
}

impl Model {
    /// Accepts a type, or says what to change.
    ///
    /// # Errors
    ///
    /// At the first part that has no encoding.
    pub fn parse(input: DeriveInput) -> Result<Model> {
        let shape = match input.data {
            Data::Struct(data) => Shape::Struct(named_fields(data.fields, &input.ident)?),
            Data::Enum(data) => enum_shape(data, &input.ident)?,
            Data::Union(data) => {
                let message = "a union has no encoding: use an enum of struct variants";
                return Err(Error::new(data.union_token.span(), message));
            }
        };
        Ok(Model { ident: input.ident, generics: input.generics, shape })
    }
}

fn named_fields(fields: Fields, owner: &Ident) -> Result<Vec<Field>> {
    match fields {
        Fields::Named(fields) => fields
            .named
            .into_iter()
            .map(|field| {
                let ident = field.ident.expect("invariant: named fields have names");
                field_of(ident, field.ty)
            })
            .collect(),
        Fields::Unnamed(fields) => {
            let message = format!(
                "tuple struct `{owner}` has no encoding: give its fields names, \
                 `struct {owner} {{ name: Type }}`"
            );
            Err(Error::new(fields.span(), message))
        }
        Fields::Unit => {
            let message =
                format!("unit struct `{owner}` has no encoding: write `struct {owner} {{}}`");
            Err(Error::new(owner.span(), message))
        }
    }
}

fn field_of(ident: Ident, ty: Type) -> Result<Field> {
    if ident == "reader" || ident == "writer" {
        let message =
            format!("a field named `{ident}` breaks the official derives: give it another name");
        return Err(Error::new(ident.span(), message));
    }
    check_type(&ty)?;
    Ok(Field { ident, ty })
}

/// Paths, and arrays of paths whose length is a literal.
fn check_type(ty: &Type) -> Result<()> {
    match ty {
        Type::Path(_) => Ok(()),
        Type::Array(array) => {
            if !matches!(*array.elem, Type::Path(_)) {
                let message = "the elements of an array field must be a named type";
                return Err(Error::new(array.elem.span(), message));
            }
            if !matches!(&array.len, Expr::Lit(ExprLit { lit: Lit::Int(_), .. })) {
                let message = "the length of an array field must be an integer literal: the \
                               official derives cannot see the value of a constant";
                return Err(Error::new(array.len.span(), message));
            }
            Ok(())
        }
        Type::Tuple(_) => {
            let message = "a tuple has no encoding: declare a struct with named fields";
            Err(Error::new(ty.span(), message))
        }
        Type::Reference(_) => {
            let message = "a reference has no encoding: store the value itself";
            Err(Error::new(ty.span(), message))
        }
        _ => {
            let message = "a field must have a named type, or be an array of one";
            Err(Error::new(ty.span(), message))
        }
    }
}

fn enum_shape(data: DataEnum, owner: &Ident) -> Result<Shape> {
    let Some(first) = data.variants.first() else {
        let message = format!("enum `{owner}` has no values: give it a variant");
        return Err(Error::new(owner.span(), message));
    };
    if matches!(first.fields, Fields::Unit) && first.discriminant.is_some() {
        data.variants.into_iter().map(c_style_variant).collect::<Result<_>>().map(Shape::CStyle)
    } else {
        let mut seen = HashSet::new();
        data.variants
            .into_iter()
            .map(|variant| struct_variant(variant, &mut seen))
            .collect::<Result<_>>()
            .map(Shape::Enum)
    }
}

fn c_style_variant(variant: syn::Variant) -> Result<CStyleVariant> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(mixed(&variant.ident));
    }
    if variant.discriminant.is_none() {
        let message = format!(
            "variant `{0}` has no number: write `{0} = <number>`, as for the first variant",
            variant.ident
        );
        return Err(Error::new(variant.ident.span(), message));
    }
    if let Some(attribute) = discriminant_attributes(&variant.attrs).next() {
        let message = "`#[discriminant]` is for struct variants: the number after `=` counts";
        return Err(Error::new(attribute.span(), message));
    }
    Ok(CStyleVariant { ident: variant.ident })
}

fn struct_variant(variant: syn::Variant, seen: &mut HashSet<u8>) -> Result<Variant> {
    let ident = variant.ident;
    match &variant.fields {
        Fields::Named(_) => {}
        Fields::Unit if variant.discriminant.is_some() => return Err(mixed(&ident)),
        Fields::Unit => {
            let message = format!(
                "unit variant `{ident}` has no encoding: write `#[discriminant(<number>)] \
                 {ident} {{}}`"
            );
            return Err(Error::new(ident.span(), message));
        }
        Fields::Unnamed(fields) => {
            let message = format!(
                "tuple variant `{ident}` has no encoding: give its fields names, \
                 `{ident} {{ name: Type }}`"
            );
            return Err(Error::new(fields.span(), message));
        }
    }

    let mut attributes = discriminant_attributes(&variant.attrs);
    let Some(attribute) = attributes.next() else {
        let message = format!(
            "variant `{ident}` has no discriminant: write `#[discriminant(<number>)]` above it"
        );
        return Err(Error::new(ident.span(), message));
    };
    if let Some(second) = attributes.next() {
        let message = format!("variant `{ident}` has two discriminants: remove one");
        return Err(Error::new(second.span(), message));
    }
    let discriminant = discriminant_of(attribute)?;
    if !seen.insert(discriminant) {
        let message = format!(
            "discriminant {discriminant} is taken: give variant `{ident}` a number of its own"
        );
        return Err(Error::new(attribute.span(), message));
    }
    Ok(Variant { discriminant, fields: named_fields(variant.fields, &ident)?, ident })
}

fn mixed(ident: &Ident) -> Error {
    let message = format!(
        "variant `{ident}` is of another kind than the first one: make all variants \
         `#[discriminant(<number>)] Name {{}}`, or all `Name = <number>`"
    );
    Error::new(ident.span(), message)
}

fn discriminant_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("discriminant"))
}

fn discriminant_of(attribute: &Attribute) -> Result<u8> {
    let message = "a discriminant is a number from 0 to 255: write `#[discriminant(<number>)]`";
    match attribute.parse_args::<Lit>() {
        Ok(Lit::Int(number)) => {
            number.base10_parse().map_err(|_| Error::new(number.span(), message))
        }
        _ => Err(Error::new(attribute.span(), message)),
    }
}
