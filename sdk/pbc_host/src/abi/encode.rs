//! ABI to bytes.

use super::{
    AbiError, BinderInvocation, ChainComponent, ContractAbi, Function, FunctionKind, Named,
    NamedType, Simple, TypeSpec, Version,
};
use crate::call::leb128;

impl ContractAbi {
    /// The ABI file.
    pub fn encode(&self) -> Vec<u8> {
        let mut output = Output { bytes: b"PBCABI".to_vec() };
        output.version(self.binder);
        output.version(self.client);
        if let Some(chain) = &self.chain {
            output.bytes.extend([chain.component, chain.binder_type]);
            output.list(&chain.kinds, Output::function_kind);
        }
        output.list(&self.types, Output::named_type);
        if let Some(chain) = &self.chain {
            output.list(&chain.invocations, Output::invocation);
        }
        let has_chain = self.chain.is_some();
        output.list(&self.functions, |output, function| output.function(function, has_chain));
        output.bytes.extend([0, self.state]);
        output.bytes
    }

    /// The same ABI as a file of another client version.
    ///
    /// # Errors
    ///
    /// [`AbiError::ClientVersion`] for a version that the format does not have;
    /// [`AbiError::ArrayNotExpressible`] for arrays in versions below 5.6, unless they are of at
    /// most 127 bytes; [`AbiError::TypeOrder`] and [`AbiError::FunctionOrder`] if the version wants an
    /// order that this ABI does not have.
    pub fn with_client(&self, client: Version) -> Result<ContractAbi, AbiError> {
        if !client.is_known_client() {
            return Err(AbiError::ClientVersion(client));
        }
        let mut abi = self.clone();
        abi.client = client;
        abi.chain = match (client.has_chain_component(), abi.chain.take()) {
            (true, chain) => chain.or_else(|| Some(ChainComponent::public())),
            (false, _) => None,
        };
        abi.specs_mut().into_iter().try_for_each(|spec| convert(spec, client.has_arrays()))?;
        abi.check_order()?;
        Ok(abi)
    }

    fn specs_mut(&mut self) -> Vec<&mut TypeSpec> {
        let mut specs = Vec::new();
        for named in &mut self.types {
            if let NamedType::Struct { fields, .. } = named {
                specs.extend(fields.iter_mut().map(|field| &mut field.spec));
            }
        }
        for function in &mut self.functions {
            let arguments = function.arguments.iter_mut().chain(&mut function.secret);
            specs.extend(arguments.map(|argument| &mut argument.spec));
        }
        for invocation in self.chain.iter_mut().flat_map(|chain| &mut chain.invocations) {
            specs.extend(invocation.arguments.iter_mut().map(|argument| &mut argument.spec));
        }
        specs
    }
}

/// Writes arrays in the form that a client version has.
fn convert(spec: &mut TypeSpec, has_arrays: bool) -> Result<(), AbiError> {
    let new = match spec {
        TypeSpec::ByteArray(length) if has_arrays => {
            TypeSpec::Array(Box::new(TypeSpec::Simple(Simple::U8)), u32::from(*length))
        }
        TypeSpec::Array(part, length @ 0..=127)
            if !has_arrays && **part == TypeSpec::Simple(Simple::U8) =>
        {
            TypeSpec::ByteArray(*length as u8)
        }
        TypeSpec::Array(..) if !has_arrays => return Err(AbiError::ArrayNotExpressible),
        TypeSpec::Array(part, _)
        | TypeSpec::Vec(part)
        | TypeSpec::Set(part)
        | TypeSpec::Option(part) => return convert(part, has_arrays),
        TypeSpec::Map(key, value) | TypeSpec::AvlTreeMap(key, value) => {
            convert(key, has_arrays)?;
            return convert(value, has_arrays);
        }
        TypeSpec::Named(_) | TypeSpec::Simple(_) | TypeSpec::ByteArray(_) => return Ok(()),
    };
    *spec = new;
    Ok(())
}

impl ChainComponent {
    /// What the chain calls of a public contract.
    pub fn public() -> Self {
        let kind =
            |id, name: &str| FunctionKind { id, name: name.to_string(), has_shortname: true };
        let invocation = |transaction_kind, name: &str, calls| BinderInvocation {
            transaction_kind,
            name: name.to_string(),
            shortname: None,
            arguments: Vec::new(),
            calls,
        };
        ChainComponent {
            component: 0x10,
            binder_type: 0,
            kinds: vec![kind(1, "INIT"), kind(2, "ACTION"), kind(3, "CALLBACK")],
            invocations: vec![
                invocation(1, "create", Some(1)),
                invocation(2, "invoke", Some(2)),
                invocation(3, "callback", Some(3)),
                invocation(5, "topUpGas", None),
            ],
        }
    }
}

struct Output {
    bytes: Vec<u8>,
}

impl Output {
    fn version(&mut self, version: Version) {
        self.bytes.extend([version.major, version.minor, version.patch]);
    }

    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).expect("an ABI is smaller than 4 GiB");
        self.bytes.extend(length.to_be_bytes());
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    fn option<T>(&mut self, item: &Option<T>, write: impl FnOnce(&mut Self, &T)) {
        self.bytes.push(u8::from(item.is_some()));
        if let Some(item) = item {
            write(self, item);
        }
    }

    fn name(&mut self, name: &str) {
        self.length(name.len());
        self.bytes.extend(name.as_bytes());
    }

    fn named(&mut self, named: &Named) {
        self.name(&named.name);
        self.spec(&named.spec);
    }

    fn named_type(&mut self, named: &NamedType) {
        match named {
            NamedType::Struct { name, fields } => {
                self.bytes.push(1);
                self.name(name);
                self.list(fields, Output::named);
            }
            NamedType::Enum { name, variants } => {
                self.bytes.push(2);
                self.name(name);
                self.list(variants, |output, variant| {
                    output.bytes.extend([variant.discriminant, 0, variant.index]);
                });
            }
        }
    }

    fn function(&mut self, function: &Function, has_chain: bool) {
        self.bytes.push(function.kind);
        self.name(&function.name);
        if let Some(shortname) = function.shortname {
            self.bytes.extend(leb128(shortname));
        }
        self.list(&function.arguments, Output::named);
        if has_chain {
            self.option(&function.secret, Output::named);
        } else if let Some(secret) = &function.secret {
            self.named(secret);
        }
    }

    fn function_kind(&mut self, kind: &FunctionKind) {
        self.bytes.push(kind.id);
        self.name(&kind.name);
        self.bytes.push(u8::from(kind.has_shortname));
    }

    fn invocation(&mut self, invocation: &BinderInvocation) {
        self.bytes.push(invocation.transaction_kind);
        self.name(&invocation.name);
        self.option(&invocation.shortname, |output, shortname| output.bytes.push(*shortname));
        self.list(&invocation.arguments, Output::named);
        self.option(&invocation.calls, |output, kind| output.bytes.push(*kind));
    }

    fn spec(&mut self, spec: &TypeSpec) {
        match spec {
            TypeSpec::Named(index) => self.bytes.extend([0x00, *index]),
            TypeSpec::Simple(simple) => self.bytes.push(simple.code()),
            TypeSpec::Vec(part) => self.wrap(0x0e, &[part]),
            TypeSpec::Map(key, value) => self.wrap(0x0f, &[key, value]),
            TypeSpec::Set(part) => self.wrap(0x10, &[part]),
            TypeSpec::ByteArray(length) => self.bytes.extend([0x11, *length]),
            TypeSpec::Option(part) => self.wrap(0x12, &[part]),
            TypeSpec::AvlTreeMap(key, value) => self.wrap(0x19, &[key, value]),
            TypeSpec::Array(part, length) => {
                self.wrap(0x1a, &[part]);
                self.bytes.extend(leb128(*length));
            }
        }
    }

    fn wrap(&mut self, code: u8, parts: &[&TypeSpec]) {
        self.bytes.push(code);
        parts.iter().for_each(|part| self.spec(part));
    }
}
