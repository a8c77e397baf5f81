//! A built contract before it runs: what its module needs and offers.
//!
//! Accepted is MVP WebAssembly with its memory exported, with imports that hosts of contracts offer,
//! and with entry points of the one signature that they have. Whatever needs more is refused here,
//! in the same words for every engine. Foreign modules may have what compilers emit by default.
//!
//! Source: `pbc-formats.md` 2.4 and 2.5; `wasm-build.md`, *Checking the output*.

use std::fmt;

use pbc_host::{PbcFile, PbcFileError};
use pbc_lib::Export;
use wasmparser::{
    ExternalKind, FuncType, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures, types,
};

use super::imports;

/// The code of a contract, checked but not compiled.
#[derive(Clone, Debug)]
pub struct Code {
    wasm: Vec<u8>,
    exports: Vec<Export>,
    beyond_mvp: Option<String>,
}

/// Bytes that are no contract that can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// They start like a `.pbc` file, and are none.
    File(PbcFileError),
    /// They start neither like a `.pbc` file nor like WebAssembly.
    Neither,
    /// They are no valid WebAssembly, or it needs more than the MVP.
    Invalid(String),
    /// It imports what no host offers, or with another signature.
    Import {
        /// Module and name.
        name: String,
    },
    /// It does not export a memory of 32 bits, `memory`.
    NoMemory,
    /// It exports no entry point.
    NoEntryPoint,
    /// An entry point is not `(i32, i32) -> i64`.
    Signature {
        /// The name of the export.
        name: String,
    },
    /// It would run code before it is called.
    Start,
    /// The engine does not compile it.
    Compile(String),
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodeError::File(error) => write!(f, "{error}"),
            CodeError::Neither => f.write_str("it is no .pbc or .wasm file"),
            CodeError::Invalid(error) => write!(f, "not MVP WebAssembly: {error}"),
            CodeError::Import { name } => {
                write!(f, "no host offers the import `{name}` with this signature")
            }
            CodeError::NoMemory => f.write_str("the module exports no memory"),
            CodeError::NoEntryPoint => {
                f.write_str("the module exports no `init`, `action_<hex>` or `callback_<hex>`")
            }
            CodeError::Signature { name } => {
                write!(f, "the entry point `{name}` is not `(i32, i32) -> i64`")
            }
            CodeError::Start => f.write_str("the module has a start function"),
            CodeError::Compile(error) => write!(f, "the module cannot be compiled: {error}"),
        }
    }
}

impl std::error::Error for CodeError {}

impl Code {
    /// The code in a `.pbc` or `.wasm` file.
    ///
    /// # Errors
    ///
    /// [`CodeError`], in the order of its variants but [`CodeError::Compile`].
    pub fn of_file(bytes: &[u8]) -> Result<Code, CodeError> {
        if bytes.starts_with(b"PBSC") {
            Code::of_wasm(&PbcFile::decode(bytes).map_err(CodeError::File)?.wasm)
        } else if bytes.starts_with(b"\0asm") {
            Code::of_wasm(bytes)
        } else {
            Err(CodeError::Neither)
        }
    }

    /// The code that is this module.
    ///
    /// # Errors
    ///
    /// As [`Code::of_file`].
    pub fn of_wasm(wasm: &[u8]) -> Result<Code, CodeError> {
        Code::with(WasmFeatures::MVP, wasm)
    }

    /// The code that is this module of somebody else's, who may have built it with what compilers
    /// emit by default: bulk memory, sign extension, mutable globals, conversions that do not trap,
    /// and several results.
    ///
    /// # Errors
    ///
    /// As [`Code::of_file`].
    ///
    /// Source: `pbc-formats.md` 4.3, *Compiler*.
    pub fn of_foreign_wasm(wasm: &[u8]) -> Result<Code, CodeError> {
        match Code::of_wasm(wasm) {
            Err(CodeError::Invalid(why)) => {
                let features = WasmFeatures::LIME1.union(WasmFeatures::BULK_MEMORY);
                let code = Code::with(features, wasm)?;
                Ok(Code { beyond_mvp: Some(why), ..code })
            }
            other => other,
        }
    }

    fn with(features: WasmFeatures, wasm: &[u8]) -> Result<Code, CodeError> {
        if !wasm.starts_with(b"\0asm") {
            return Err(CodeError::Neither);
        }
        let invalid = |error: wasmparser::BinaryReaderError| {
            CodeError::Invalid(error.to_string().lines().next().unwrap_or_default().to_owned())
        };
        let mut validator = Validator::new_with_features(features);
        let types = validator.validate_all(wasm).map_err(invalid)?;
        let mut memory = false;
        let mut exports = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(invalid)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(invalid)?;
                        let offered = import.module == imports::MODULE
                            && matches!(import.ty, TypeRef::Func(index)
                                if is_offered(import.name, function(&types, index)));
                        if !offered {
                            let name = format!("{}.{}", import.module, import.name);
                            return Err(CodeError::Import { name });
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        memory |= export.kind == ExternalKind::Memory && export.name == "memory";
                        if let (ExternalKind::Func, Ok(name)) = (export.kind, export.name.parse()) {
                            let id = types.as_ref().core_function_at(export.index);
                            let is_entry_point = types[id].unwrap_func().params()
                                == [ValType::I32, ValType::I32]
                                && types[id].unwrap_func().results() == [ValType::I64];
                            if !is_entry_point {
                                return Err(CodeError::Signature { name: export.name.to_owned() });
                            }
                            exports.push(name);
                        }
                    }
                }
                Payload::StartSection { .. } => return Err(CodeError::Start),
                _ => {}
            }
        }
        if !memory {
            return Err(CodeError::NoMemory);
        }
        if exports.is_empty() {
            return Err(CodeError::NoEntryPoint);
        }
        exports.sort_unstable();
        Ok(Code { wasm: wasm.to_vec(), exports, beyond_mvp: None })
    }

    /// What the module needs that the MVP has not, the first such thing, if it does.
    pub fn beyond_mvp(&self) -> Option<&str> {
        self.beyond_mvp.as_deref()
    }

    /// The module.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// The entry points, ascending.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }
}

fn function(types: &types::Types, index: u32) -> &FuncType {
    types[types.as_ref().core_type_at_in_module(index)].unwrap_func()
}

/// Whether hosts offer an import of this name and signature.
///
/// Source: `pbc-formats.md` 2.5.
fn is_offered(name: &str, signature: &FuncType) -> bool {
    let (parameters, results) = match name {
        "exit" => (2, 0),
        "memmove" => (3, 1),
        "avl_new" => (0, 1),
        "avl_get" | "avl_get_next" => (4, 1),
        "avl_insert" => (5, 0),
        "avl_remove" => (3, 0),
        "avl_get_size" | "avl_get_next_size" => (3, 1),
        "avl_len" => (1, 1),
        _ => return false,
    };
    let are_i32 = |types: &[ValType]| types.iter().all(|it| *it == ValType::I32);
    (signature.params().len(), signature.results().len()) == (parameters, results)
        && are_i32(signature.params())
        && are_i32(signature.results())
}
