//! The ABI as text, for people who review a change of interface.
//!
//! The layout is that of the npm abi-client, but that trees show what they map, and that only
//! what the file says is listed.

use std::fmt;

use super::{ContractAbi, Function, Named, NamedType, TypeSpec, Variant};

impl fmt::Display for ContractAbi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "// Binder Version: {}", self.binder)?;
        writeln!(f, "// Client Version: {}\n", self.client)?;
        let binder_type = match self.chain.as_ref().map_or(0, |chain| chain.binder_type) {
            0 => "Public",
            1 => "Zk",
            _ => "System",
        };
        writeln!(f, "// Binder Type: {binder_type}\n")?;

        writeln!(f, "#[state]")?;
        let state = usize::from(self.state);
        self.write_type(f, &self.types[state])?;
        for (index, named) in self.types.iter().enumerate() {
            if index != state && !self.is_variant(index) {
                self.write_type(f, named)?;
            }
        }
        let mut functions: Vec<&Function> = self.functions.iter().collect();
        functions.sort_by_key(|function| function.kind);
        functions.into_iter().try_for_each(|function| self.write_function(f, function))
    }
}

impl ContractAbi {
    fn write_type(&self, f: &mut fmt::Formatter<'_>, named: &NamedType) -> fmt::Result {
        match named {
            NamedType::Struct { name, fields } => {
                writeln!(f, "pub struct {name} {{")?;
                self.write_lines(f, fields)?;
            }
            NamedType::Enum { name, variants } => {
                writeln!(f, "enum {name} {{")?;
                variants.iter().try_for_each(|variant| self.write_variant(f, variant))?;
            }
        }
        writeln!(f, "}}\n")
    }

    fn write_variant(&self, f: &mut fmt::Formatter<'_>, variant: &Variant) -> fmt::Result {
        writeln!(f, "    #[discriminant({})]", variant.discriminant)?;
        let NamedType::Struct { name, fields } = &self.types[usize::from(variant.index)] else {
            return writeln!(f, "    // variant {} is no struct", variant.index);
        };
        let fields: Vec<String> = fields.iter().map(|field| self.line(field)).collect();
        if fields.is_empty() {
            writeln!(f, "    {name} {{}},")
        } else {
            writeln!(f, "    {name} {{ {} }},", fields.join(", "))
        }
    }

    fn write_function(&self, f: &mut fmt::Formatter<'_>, function: &Function) -> fmt::Result {
        let kind = match function.kind {
            0x01 => "init",
            0x02 => "action",
            0x03 => "callback",
            0x10 => "zk_on_secret_input",
            0x11 => "zk_on_variable_inputted",
            0x12 => "zk_on_variable_rejected",
            0x13 => "zk_on_compute_complete",
            0x14 => "zk_on_variables_opened",
            0x15 => "zk_on_user_variables_opened",
            0x16 => "zk_on_attestation_complete",
            0x17 => "zk_on_secret_input",
            0x18 => "zk_on_external_event",
            _ => "unknown",
        };
        write!(f, "#[{kind}")?;
        if let Some(shortname) = function.shortname {
            let shortname = pbc_contract_common::address::Shortname::from_u32(shortname);
            write!(f, "(shortname = 0x{shortname})")?;
        }
        writeln!(f, "]")?;
        if function.arguments.is_empty() && function.secret.is_none() {
            return writeln!(f, "pub fn {} ()\n", function.name);
        }
        writeln!(f, "pub fn {} (", function.name)?;
        self.write_lines(f, &function.arguments)?;
        if let Some(secret) = &function.secret {
            writeln!(f, "    secret {},", self.line(secret))?;
        }
        writeln!(f, ")\n")
    }

    fn write_lines(&self, f: &mut fmt::Formatter<'_>, lines: &[Named]) -> fmt::Result {
        lines.iter().try_for_each(|named| writeln!(f, "    {},", self.line(named)))
    }

    fn line(&self, named: &Named) -> String {
        format!("{}: {}", named.name, self.type_name(&named.spec))
    }

    /// A type as Rust would name it.
    pub fn type_name(&self, spec: &TypeSpec) -> String {
        let name = |part: &TypeSpec| self.type_name(part);
        match spec {
            TypeSpec::Named(index) => self.types[usize::from(*index)].name().to_string(),
            TypeSpec::Simple(simple) => simple.name().to_string(),
            TypeSpec::Vec(part) => format!("Vec<{}>", name(part)),
            TypeSpec::Map(key, value) => format!("Map<{}, {}>", name(key), name(value)),
            TypeSpec::Set(part) => format!("Set<{}>", name(part)),
            TypeSpec::ByteArray(length) => format!("[u8; {length}]"),
            TypeSpec::Option(part) => format!("Option<{}>", name(part)),
            TypeSpec::AvlTreeMap(key, value) => {
                format!("AvlTreeMap<{}, {}>", name(key), name(value))
            }
            TypeSpec::Array(part, length) => format!("[{}; {length}]", name(part)),
        }
    }
}
