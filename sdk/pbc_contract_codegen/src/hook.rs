//! A hook: a function under `#[init]`, `#[action]` or `#[callback]`, and what makes it one.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, GenericArgument, Ident, Item, ItemFn, Pat, PathArguments, Result, Type};

use crate::attribute::Arguments;
use crate::shortname;

/// Which attribute made the hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Init,
    Action,
    Callback,
}

impl Kind {
    /// The attribute's name, which is also how exports begin.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Init => "init",
            Kind::Action => "action",
            Kind::Callback => "callback",
        }
    }

    /// What comes before the arguments of a call.
    fn leading(self) -> &'static [&'static str] {
        match self {
            Kind::Init => &["ContractContext"],
            Kind::Action => &["ContractContext", "State"],
            Kind::Callback => &["ContractContext", "CallbackContext", "State"],
        }
    }
}

/// An argument of a call.
pub(crate) struct Argument {
    /// Its pattern as written, `mut` included: the ABI's name.
    pub(crate) name: String,
    pub(crate) ty: Type,
}

/// A function that the chain can call.
pub(crate) struct Hook {
    pub(crate) kind: Kind,
    /// The function as it was written.
    pub(crate) function: ItemFn,
    pub(crate) shortname: u32,
    /// Where the shortname is written; the function's name if it is derived from that.
    pub(crate) shortname_span: Span,
    /// The types of the leading parameters.
    pub(crate) leading: Vec<Type>,
    pub(crate) arguments: Vec<Argument>,
    /// Whether it returns events beside the state.
    pub(crate) has_events: bool,
}

impl Hook {
    /// Accepts a function as a hook, or says what to change.
    ///
    /// # Errors
    ///
    /// In this order: the attribute's arguments; the item is no plain function; a parameter; the
    /// return type.
    pub(crate) fn parse(kind: Kind, attribute: TokenStream, item: TokenStream) -> Result<Hook> {
        let name = kind.name();
        let arguments = Arguments::parse(name, kind != Kind::Init, attribute)?;
        let item: Item = syn::parse2(item)?;
        let Item::Fn(function) = item else {
            let message = format!("`#[{name}]` belongs on a function");
            return Err(Error::new(item.span(), message));
        };
        check_signature(name, &function)?;
        let ident = &function.sig.ident;
        let (shortname, shortname_span) = match (kind, arguments.shortname) {
            (Kind::Init, _) => (shortname::INIT, ident.span()),
            (_, Some(given)) => given,
            (Kind::Action, None) => {
                (shortname::default_of(&ident.unraw().to_string()), ident.span())
            }
            (Kind::Callback, None) => {
                let message = "a callback has no default shortname: write \
                               `#[callback(shortname = 0x20)]`";
                return Err(Error::new(ident.span(), message));
            }
        };

        let mut parameters =
            function.sig.inputs.iter().map(parameter).collect::<Result<Vec<_>>>()?;
        if parameters.len() < kind.leading().len() {
            let message =
                format!("`#[{name}]` needs the leading parameters ({})", kind.leading().join(", "));
            return Err(Error::new(function.sig.paren_token.span.join(), message));
        }
        let arguments = parameters.split_off(kind.leading().len());
        let leading = parameters.into_iter().map(|parameter| parameter.ty).collect();
        let has_events = has_events(&function)?;
        Ok(Hook { kind, shortname, shortname_span, leading, arguments, has_events, function })
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// The name of the function, without the `r#` of raw identifiers.
    pub(crate) fn name(&self) -> String {
        self.ident().unraw().to_string()
    }

    /// The name under which a wasm module exports it.
    pub(crate) fn export(&self) -> String {
        match self.kind {
            Kind::Init => "init".to_string(),
            kind => format!("{}_{}", kind.name(), self.shortname_hex()),
        }
    }

    pub(crate) fn shortname_hex(&self) -> String {
        shortname::hex(&shortname::leb(self.shortname))
    }
}

fn check_signature(name: &str, function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let wrong = [
        (signature.asyncness.map(|token| token.span()), "be `async`"),
        (signature.unsafety.map(|token| token.span()), "be `unsafe`"),
        (signature.abi.as_ref().map(Spanned::span), "be `extern`"),
        (signature.variadic.as_ref().map(Spanned::span), "be variadic"),
        (signature.generics.params.first().map(Spanned::span), "be generic"),
    ];
    match wrong.into_iter().find_map(|(span, what)| Some((span?, what))) {
        Some((span, what)) => {
            let message = format!("a function under `#[{name}]` cannot {what}");
            Err(Error::new(span, message))
        }
        None => Ok(()),
    }
}

fn parameter(input: &FnArg) -> Result<Argument> {
    let FnArg::Typed(typed) = input else {
        return Err(Error::new(input.span(), "a hook is a free function: it has no `self`"));
    };
    let name = match &*typed.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            let mutable = if pattern.mutability.is_some() { "mut " } else { "" };
            format!("{mutable}{}", pattern.ident.unraw())
        }
        Pat::Wild(_) => {
            let message = "`_` is not a name, and the ABI needs one: write `_name`";
            return Err(Error::new(typed.pat.span(), message));
        }
        _ => {
            let message = "a parameter of a hook is a plain name: take the value apart in the body";
            return Err(Error::new(typed.pat.span(), message));
        }
    };
    let cause = match &*typed.ty {
        Type::Path(_) | Type::Array(_) => {
            return Ok(Argument { name, ty: (*typed.ty).clone() });
        }
        Type::Reference(_) => "a hook takes its parameters by value: remove the `&`",
        Type::Tuple(_) => "a tuple has no encoding: declare a struct with named fields",
        Type::Slice(_) => "a slice has no length of its own: take a `Vec`",
        Type::ImplTrait(_) => "a hook has one encoding: name the type instead of `impl Trait`",
        _ => "a parameter of a hook must have a named type, or be an array",
    };
    Err(Error::new(typed.ty.span(), cause))
}

/// Whether the tokens of the return type are `(State, Vec<EventGroup>)` rather than `State`.
fn has_events(function: &ItemFn) -> Result<bool> {
    let syn::ReturnType::Type(_, ty) = &function.sig.output else {
        let message = format!(
            "`{}` returns nothing: it must return the state, or `(State, Vec<EventGroup>)`",
            function.sig.ident
        );
        return Err(Error::new(function.sig.ident.span(), message));
    };
    match &**ty {
        Type::Path(_) => Ok(false),
        Type::Tuple(tuple) if tuple.elems.len() == 2 && is_vec(&tuple.elems[1]) => Ok(true),
        _ => {
            let message = "a hook returns the state, or `(State, Vec<EventGroup>)`";
            Err(Error::new(ty.span(), message))
        }
    }
}

fn is_vec(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    path.path.segments.last().is_some_and(|segment| {
        segment.ident == "Vec"
            && matches!(&segment.arguments, PathArguments::AngleBracketed(arguments)
                if matches!(arguments.args.first(), Some(GenericArgument::Type(_))))
    })
}
