//! Bounds of generic types.

use syn::{parse_quote, GenericParam, Generics, Ident};

/// `generics` with the bound `T: bound` on every type parameter. The bound is a bare name, as in
/// the official derives, so the contract imports the trait beside the derive.
pub fn with_bound(generics: &Generics, bound: &Ident) -> Generics {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#bound));
        }
    }
    generics
}
