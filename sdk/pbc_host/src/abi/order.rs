//! The order in which types and functions stand from client 5.7 on.
//!
//! Types depth-first: from the state, then from the arguments of each function, each at its first
//! sight and before its own fields or variants. Functions by kind, then by the bytes of the shortname,
//! strictly rising.
//!
//! Source: `pbc-formats.md` 3.4.

use super::{AbiError, ContractAbi, Function, Named, NamedType, TypeSpec};
use crate::call::leb128;

impl ContractAbi {
    /// Checks the order, if the client version wants one.
    pub(super) fn check_order(&self) -> Result<(), AbiError> {
        if !self.client.is_ordered() {
            return Ok(());
        }
        let needed = self.types_as_needed();
        let differs = |index: &usize| needed.get(*index).map(|it| usize::from(*it)) != Some(*index);
        if let Some(index) = (0..self.types.len()).find(differs) {
            return Err(AbiError::TypeOrder { index });
        }
        let place = |function: &Function| (function.kind, function.shortname.map(leb128));
        match self.functions.windows(2).find(|pair| place(&pair[0]) >= place(&pair[1])) {
            Some(pair) => Err(AbiError::FunctionOrder { name: pair[1].name.clone() }),
            None => Ok(()),
        }
    }

    /// The indices of the types, each where it is needed first. What is made of others is no deeper
    /// than memory: the way through them is a list, not calls of calls.
    fn types_as_needed(&self) -> Vec<u8> {
        let arguments = self.functions.iter().flat_map(|it| it.arguments.iter().chain(&it.secret));
        let mut ahead = specs(arguments);
        // What the chain calls comes last: nothing is known of types there.
        let invocations = self.chain.iter().flat_map(|chain| &chain.invocations);
        ahead.extend(specs(invocations.flat_map(|invocation| &invocation.arguments)));
        ahead.insert(0, TypeSpec::Named(self.state));
        ahead.reverse();

        let mut seen = Vec::new();
        while let Some(spec) = ahead.pop() {
            let mut parts = match spec {
                TypeSpec::Named(index) if seen.contains(&index) => continue,
                TypeSpec::Named(index) => {
                    seen.push(index);
                    self.parts_of(index)
                }
                spec => spec.parts().into_iter().cloned().collect(),
            };
            parts.reverse();
            ahead.append(&mut parts);
        }
        seen
    }

    fn parts_of(&self, index: u8) -> Vec<TypeSpec> {
        match self.named(index) {
            Some(NamedType::Struct { fields, .. }) => specs(fields),
            Some(NamedType::Enum { variants, .. }) => {
                variants.iter().map(|variant| TypeSpec::Named(variant.index)).collect()
            }
            None => Vec::new(),
        }
    }
}

fn specs<'a>(named: impl IntoIterator<Item = &'a Named>) -> Vec<TypeSpec> {
    named.into_iter().map(|named| named.spec.clone()).collect()
}
