//! Items as text: what of them is interface, on one line.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Fields, ImplItem, Item, ItemImpl, ItemMacro, Signature, TraitItem, Visibility,
};

use crate::crates::is_public;

/// Attributes that say how something may be used, or what is made of it.
const KEPT: [&str; 12] = [
    "derive",
    "repr",
    "must_use",
    "non_exhaustive",
    "deprecated",
    "cfg",
    "state",
    "init",
    "action",
    "callback",
    "discriminant",
    "macro_export",
];

/// The tokens, with one space where the compiler's own printer would put one.
pub(crate) fn tokens(it: &impl ToTokens) -> String {
    tidy(&it.to_token_stream().to_string())
}

fn tidy(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    const TIDIER: [(&str, &str); 20] = [
        (" :: ", "::"),
        (" ::", "::"),
        (":: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" ;", ";"),
        (" : ", ": "),
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" . ", "."),
        ("[ ", "["),
        (" ]", "]"),
        ("# [", "#["),
        ("' ", "'"),
        (" !", "!"),
    ];
    for (from, to) in TIDIER {
        text = text.replace(from, to);
    }
    let text = text.replace("->", " -> ").replace("- >", " -> ").replace("=>", " => ");
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(",)", ")").replace(",>", ">")
}

/// All attributes.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// The visibility of what can have one.
pub(crate) fn visibility(item: &Item) -> Option<&Visibility> {
    match item {
        Item::Const(it) => Some(&it.vis),
        Item::Enum(it) => Some(&it.vis),
        Item::Fn(it) => Some(&it.vis),
        Item::Static(it) => Some(&it.vis),
        Item::Struct(it) => Some(&it.vis),
        Item::Trait(it) => Some(&it.vis),
        Item::Type(it) => Some(&it.vis),
        _ => None,
    }
}

/// The name.
pub(crate) fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// The attributes that are kept, each with a space behind it.
fn kept(attributes: &[Attribute]) -> String {
    let is_kept = |it: &&Attribute| KEPT.iter().any(|name| it.path().is_ident(name));
    attributes.iter().filter(is_kept).map(|it| tokens(it) + " ").collect()
}

/// The item without bodies, fields and members.
pub(crate) fn item(item: &Item) -> String {
    let attributes = kept(attributes(item));
    let text = match item {
        Item::Const(it) => {
            let (vis, name, ty, value) = (&it.vis, &it.ident, &it.ty, &it.expr);
            tokens(&quote::quote!(#vis const #name: #ty = #value;))
        }
        Item::Static(it) => {
            let (vis, name, ty) = (&it.vis, &it.ident, &it.ty);
            tokens(&quote::quote!(#vis static #name: #ty;))
        }
        Item::Enum(it) => {
            let (generics, bounds) = (&it.generics, &it.generics.where_clause);
            let (vis, name) = (&it.vis, &it.ident);
            tokens(&quote::quote!(#vis enum #name #generics #bounds))
        }
        Item::Fn(it) => format!("{} {}", tokens(&it.vis), signature(&it.sig)),
        Item::Struct(it) => {
            let (generics, bounds) = (&it.generics, &it.generics.where_clause);
            let (vis, name) = (&it.vis, &it.ident);
            let head = tokens(&quote::quote!(#vis struct #name #generics #bounds));
            let private = it.fields.iter().any(|field| !is_public(&field.vis));
            match &it.fields {
                Fields::Unit => format!("{head};"),
                _ if private => format!("{head} {{ some fields are private }}"),
                _ => head,
            }
        }
        Item::Trait(it) => {
            let (vis, name, generics, supers) = (&it.vis, &it.ident, &it.generics, &it.supertraits);
            let bounds = &it.generics.where_clause;
            let colon = it.colon_token.filter(|_| !supers.is_empty());
            tokens(&quote::quote!(#vis trait #name #generics #colon #supers #bounds))
        }
        Item::Type(it) => tokens(&quote::quote!(#it)),
        _ => String::new(),
    };
    let text = text.trim_start_matches(attributes.trim_end());
    format!("{attributes}{}", text.trim_start())
}

fn signature(signature: &Signature) -> String {
    tokens(signature)
}

/// Fields, variants and members: the name and the text of each.
pub(crate) fn parts(item: &Item) -> Vec<(String, String)> {
    match item {
        Item::Struct(it) => {
            let named = it.fields.iter().enumerate().filter(|(_, it)| is_public(&it.vis));
            named
                .map(|(index, it)| {
                    let name = it.ident.as_ref().map_or(index.to_string(), ToString::to_string);
                    (name.clone(), format!("pub {name}: {}", tokens(&it.ty)))
                })
                .collect()
        }
        Item::Enum(it) => it
            .variants
            .iter()
            .map(|variant| {
                let mut variant = variant.clone();
                let kept = kept(&variant.attrs);
                variant.attrs.clear();
                variant.fields.iter_mut().for_each(|field| field.attrs.clear());
                (variant.ident.to_string(), format!("{kept}{}", tokens(&variant)))
            })
            .collect(),
        Item::Trait(it) => it
            .items
            .iter()
            .filter_map(|member| {
                let mut member = member.clone();
                let name = match &mut member {
                    TraitItem::Const(it) => {
                        it.attrs.clear();
                        it.ident.to_string()
                    }
                    TraitItem::Fn(it) => {
                        it.attrs.clear();
                        let default = it.default.take().is_some();
                        let text = tokens(&it.sig);
                        let end = if default { " { provided }" } else { ";" };
                        return Some((it.sig.ident.to_string(), text + end));
                    }
                    TraitItem::Type(it) => {
                        it.attrs.clear();
                        it.ident.to_string()
                    }
                    _ => return None,
                };
                Some((name, tokens(&member)))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The first line of an implementation of a trait, and its types and constants.
pub(crate) fn header(block: &ItemImpl) -> String {
    let (generics, own, bounds) = (&block.generics, &block.self_ty, &block.generics.where_clause);
    let (negative, path, _) = block.trait_.as_ref().expect("a trait is implemented");
    let chosen = block.items.iter().filter_map(|member| match member {
        ImplItem::Type(it) => {
            let (name, generics, ty) = (&it.ident, &it.generics, &it.ty);
            Some(quote::quote!(type #name #generics = #ty;))
        }
        ImplItem::Const(it) => {
            let (name, ty, value) = (&it.ident, &it.ty, &it.expr);
            Some(quote::quote!(const #name: #ty = #value;))
        }
        _ => None,
    });
    let chosen: TokenStream = chosen.collect();
    let first = tokens(&quote::quote!(impl #generics #negative #path for #own #bounds));
    let body =
        if chosen.is_empty() { String::new() } else { format!(" {{ {} }}", tokens(&chosen)) };
    format!("{}{first}{body}", kept(&block.attrs))
}

/// The public members of an implementation: the name and the text of each.
pub(crate) fn members(block: &ItemImpl) -> Vec<(String, String)> {
    let shown = |member: &ImplItem| match member {
        ImplItem::Const(it) if is_public(&it.vis) => {
            let (vis, name, ty, value) = (&it.vis, &it.ident, &it.ty, &it.expr);
            let text = tokens(&quote::quote!(#vis const #name: #ty = #value;));
            Some((name.to_string(), kept(&it.attrs) + &text))
        }
        ImplItem::Fn(it) if is_public(&it.vis) => {
            let text = format!("{} {}", tokens(&it.vis), signature(&it.sig));
            Some((it.sig.ident.to_string(), kept(&it.attrs) + &text))
        }
        _ => None,
    };
    block.items.iter().filter_map(shown).collect()
}

/// A call of a macro, documentation left out: an entry ends where the next documentation begins, and
/// at a `;`.
pub(crate) fn macro_call(call: &ItemMacro) -> Vec<String> {
    let mut entries = vec![TokenStream::new()];
    let mut tokens = call.mac.tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let last = entries.last_mut().expect("there is one at least");
        if is_doc(&token, tokens.peek()) {
            tokens.next();
            entries.push(TokenStream::new());
            continue;
        }
        let ends = matches!(&token, TokenTree::Punct(it) if it.as_char() == ';');
        last.extend([token]);
        if ends {
            entries.push(TokenStream::new());
        }
    }
    let entries = entries.into_iter().filter(|entry| !entry.is_empty());
    entries.map(|entry| tidy(&entry.to_string())).collect()
}

/// Whether `#` and what follows are documentation.
fn is_doc(token: &TokenTree, next: Option<&TokenTree>) -> bool {
    let (TokenTree::Punct(mark), Some(TokenTree::Group(group))) = (token, next) else {
        return false;
    };
    mark.as_char() == '#'
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(it)) if it == "doc")
}
