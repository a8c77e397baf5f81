//! Bytes to ABI.

use pbc_traits::{Decoder, ReadRPC, Source};

use super::{
    AbiError, BinderInvocation, ChainComponent, ContractAbi, Function, FunctionKind, Named,
    NamedType, Simple, TypeSpec, Variant, Version,
};

/// How deep types may be made of each other.
const MAX_DEPTH: usize = 32;
/// The kind of ZK inputs whose function names a secret argument, before client 6.0.
const SECRET_INPUT: u8 = 0x17;

type Result<T> = std::result::Result<T, AbiError>;

impl ContractAbi {
    /// Reads an ABI file.
    ///
    /// # Errors
    ///
    /// At the first byte that is not as [`ContractAbi::encode`] writes it; then for references
    /// to types that are not there; then [`AbiError::TypeOrder`] and [`AbiError::FunctionOrder`].
    pub fn decode(bytes: &[u8]) -> Result<ContractAbi> {
        let mut input = Input { source: Decoder::new(bytes) };
        if input.source.array::<6>().ok().as_ref() != Some(b"PBCABI") {
            return Err(AbiError::Header);
        }
        let binder = input.version()?;
        let client = input.version()?;
        if !client.is_known_client() {
            return Err(AbiError::ClientVersion(client));
        }

        let mut chain = None;
        if client.has_chain_component() {
            chain = Some(ChainComponent {
                component: input.byte()?,
                binder_type: input.byte()?,
                kinds: input.list(6, Input::function_kind)?,
                invocations: Vec::new(),
            });
        }
        let types = input.list(9, Input::named_type)?;
        if let Some(chain) = &mut chain {
            chain.invocations = input.list(11, Input::invocation)?;
        }
        let functions = input.list(9, |input| input.function(chain.as_ref()))?;
        let position = input.source.position();
        let state = match input.spec(0)? {
            TypeSpec::Named(index) => index,
            _ => return Err(AbiError::TypeCode { position, code: bytes[position] }),
        };
        input.source.finish()?;

        let abi = ContractAbi { binder, client, chain, types, functions, state };
        abi.check_references()?;
        abi.check_order()?;
        Ok(abi)
    }

    /// Checks that every reference is to a type that is listed, and variants to structs.
    fn check_references(&self) -> Result<()> {
        self.named(self.state).ok_or(AbiError::UnknownType { index: self.state })?;
        let invocations = self.chain.iter().flat_map(|chain| &chain.invocations);
        let arguments = self
            .functions
            .iter()
            .flat_map(|function| function.arguments.iter().chain(&function.secret));
        for argument in arguments.chain(invocations.flat_map(|invocation| &invocation.arguments)) {
            self.check_spec(&argument.spec)?;
        }
        for named in &self.types {
            match named {
                NamedType::Struct { fields, .. } => {
                    fields.iter().try_for_each(|field| self.check_spec(&field.spec))?;
                }
                NamedType::Enum { variants, .. } => {
                    variants.iter().try_for_each(|variant| self.check_variant(variant.index))?;
                }
            }
        }
        Ok(())
    }

    fn check_spec(&self, spec: &TypeSpec) -> Result<()> {
        if let TypeSpec::Named(index) = *spec {
            self.named(index).ok_or(AbiError::UnknownType { index })?;
        }
        spec.parts().into_iter().try_for_each(|part| self.check_spec(part))
    }

    fn check_variant(&self, index: u8) -> Result<()> {
        match self.named(index) {
            Some(NamedType::Struct { .. }) => Ok(()),
            Some(NamedType::Enum { .. }) => Err(AbiError::VariantNotStruct { index }),
            None => Err(AbiError::UnknownType { index }),
        }
    }
}

struct Input<'a> {
    source: Decoder<'a>,
}

impl Input<'_> {
    fn byte(&mut self) -> Result<u8> {
        Ok(self.source.byte()?)
    }

    fn version(&mut self) -> Result<Version> {
        let [major, minor, patch] = self.source.array()?;
        Ok(Version { major, minor, patch })
    }

    /// A flag or marker: 0 or 1.
    fn flag(&mut self) -> Result<bool> {
        let position = self.source.position();
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(AbiError::Flag { position }),
        }
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    /// Items of at least `min` bytes.
    fn list<T>(
        &mut self,
        min: usize,
        mut read: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let count = u32::rpc_decode(&mut self.source)?;
        let count = self.source.judge_count(count, min)?;
        (0..count).map(|_| read(self)).collect()
    }

    fn name(&mut self) -> Result<String> {
        Ok(String::rpc_decode(&mut self.source)?)
    }

    fn named(&mut self) -> Result<Named> {
        Ok(Named { name: self.name()?, spec: self.spec(0)? })
    }

    fn named_type(&mut self) -> Result<NamedType> {
        let position = self.source.position();
        let code = self.byte()?;
        if code != 1 && code != 2 {
            return Err(AbiError::RecordCode { position, code });
        }
        let name = self.name()?;
        if code == 1 {
            return Ok(NamedType::Struct { name, fields: self.list(5, Input::named)? });
        }
        Ok(NamedType::Enum { name, variants: self.list(3, Input::variant)? })
    }

    fn variant(&mut self) -> Result<Variant> {
        let discriminant = self.byte()?;
        let position = self.source.position();
        match self.spec(0)? {
            TypeSpec::Named(index) => Ok(Variant { discriminant, index }),
            _ => Err(AbiError::RecordCode { position, code: discriminant }),
        }
    }

    fn function(&mut self, chain: Option<&ChainComponent>) -> Result<Function> {
        let kind = self.byte()?;
        let name = self.name()?;
        let known = chain.and_then(|chain| chain.kinds.iter().find(|known| known.id == kind));
        let has_shortname = known.is_none_or(|known| known.has_shortname);
        let shortname = if has_shortname { Some(self.leb()?) } else { None };
        let arguments = self.list(5, Input::named)?;
        let secret = match chain {
            Some(_) => self.option(Input::named)?,
            None if kind == SECRET_INPUT => Some(self.named()?),
            None => None,
        };
        Ok(Function { kind, name, shortname, arguments, secret })
    }

    fn function_kind(&mut self) -> Result<FunctionKind> {
        Ok(FunctionKind { id: self.byte()?, name: self.name()?, has_shortname: self.flag()? })
    }

    fn invocation(&mut self) -> Result<BinderInvocation> {
        Ok(BinderInvocation {
            transaction_kind: self.byte()?,
            name: self.name()?,
            shortname: self.option(Input::byte)?,
            arguments: self.list(5, Input::named)?,
            calls: self.option(Input::byte)?,
        })
    }

    /// A number in its shortest LEB128 form.
    fn leb(&mut self) -> Result<u32> {
        let position = self.source.position();
        let mut number = 0_u64;
        for index in 0..5 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let redundant = byte == 0 && index > 0;
                let number = u32::try_from(number).ok().filter(|_| !redundant);
                return number.ok_or(AbiError::Shortname { position });
            }
        }
        Err(AbiError::Shortname { position })
    }

    fn spec(&mut self, depth: usize) -> Result<TypeSpec> {
        let position = self.source.position();
        if depth > MAX_DEPTH {
            return Err(AbiError::TooDeep { position });
        }
        let part = |input: &mut Self| input.spec(depth + 1).map(Box::new);
        Ok(match self.byte()? {
            0x00 => TypeSpec::Named(self.byte()?),
            0x0e => TypeSpec::Vec(part(self)?),
            0x0f => TypeSpec::Map(part(self)?, part(self)?),
            0x10 => TypeSpec::Set(part(self)?),
            0x11 => TypeSpec::ByteArray(self.byte()?),
            0x12 => TypeSpec::Option(part(self)?),
            0x19 => TypeSpec::AvlTreeMap(part(self)?, part(self)?),
            0x1a => TypeSpec::Array(part(self)?, self.leb()?),
            code => match Simple::from_code(code) {
                Some(simple) => TypeSpec::Simple(simple),
                None => return Err(AbiError::TypeCode { position, code }),
            },
        })
    }
}
