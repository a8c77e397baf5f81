//! The arguments of the attributes: `shortname = 0x01, zk = false`.

use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, MetaNameValue, Result, Token};

use crate::shortname;

/// The arguments of a hook's attribute.
#[derive(Default)]
pub(crate) struct Arguments {
    /// The number of the hook, and where it is written.
    pub(crate) shortname: Option<(u32, Span)>,
}

impl Arguments {
    /// Reads the arguments of `#[name(…)]`.
    pub(crate) fn parse(name: &str, allows_shortname: bool, tokens: TokenStream) -> Result<Self> {
        let parser = Punctuated::<MetaNameValue, Token![,]>::parse_terminated;
        let given = parser.parse2(tokens.clone()).map_err(|_| {
            let example = if allows_shortname {
                format!("`#[{name}(shortname = 0x01)]`")
            } else {
                format!("`#[{name}]`")
            };
            Error::new(tokens.span(), format!("`{name}` is written {example}"))
        })?;

        let mut arguments = Arguments::default();
        for argument in given {
            if argument.path.is_ident("shortname") && allows_shortname {
                if arguments.shortname.is_some() {
                    return Err(Error::new(argument.span(), "`shortname` is given twice"));
                }
                arguments.shortname = Some(shortname_of(&argument.value)?);
            } else if argument.path.is_ident("zk") {
                check_zk(&argument.value)?;
            } else {
                let known = if allows_shortname { "`shortname` and `zk`" } else { "`zk`" };
                let message = format!("`{name}` has no such argument: it knows {known}");
                return Err(Error::new(argument.path.span(), message));
            }
        }
        Ok(arguments)
    }
}

fn shortname_of(value: &Expr) -> Result<(u32, Span)> {
    let Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) = value else {
        let message = "a shortname is a literal: `shortname = 0x01`";
        return Err(Error::new(value.span(), message));
    };
    Ok((shortname::parse(literal)?, literal.span()))
}

fn check_zk(value: &Expr) -> Result<()> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Bool(zk), .. }) if !zk.value => Ok(()),
        Expr::Lit(ExprLit { lit: Lit::Bool(zk), .. }) => {
            let message = "this SDK builds public contracts only: remove `zk = true`";
            Err(Error::new(zk.span, message))
        }
        _ => Err(Error::new(value.span(), "`zk` is `true` or `false`")),
    }
}
