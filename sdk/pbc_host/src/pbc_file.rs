//! `.pbc`: ABI and code of a contract in one file.
//!
//! Source: `pbc-formats.md` 3.6.

use std::fmt;

use pbc_traits::{DecodeError, Decoder, ReadRPC, Source};

const MAGIC: &[u8; 4] = b"PBSC";
const ABI: u8 = 1;
const WASM: u8 = 2;
const ZK_BYTECODE: u8 = 3;

/// ABI and code of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PbcFile {
    /// The ABI file.
    pub abi: Vec<u8>,
    /// The wasm module.
    pub wasm: Vec<u8>,
    /// The bytecode of a ZK contract's computation.
    pub zk_bytecode: Option<Vec<u8>>,
}

/// Bytes that are no `.pbc` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PbcFileError {
    /// They do not start with `PBSC`.
    Header,
    /// A section has an unknown id, or ids do not rise.
    Section(u8),
    /// A section that must be there is not.
    Missing(u8),
    /// They end too early.
    Malformed(DecodeError),
}

impl fmt::Display for PbcFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PbcFileError::Header => f.write_str("the file does not start with `PBSC`"),
            PbcFileError::Section(id) => write!(f, "section {id:#04x} is unknown or out of order"),
            PbcFileError::Missing(id) => write!(f, "section {id:#04x} is missing"),
            PbcFileError::Malformed(error) => write!(f, "{}: {error}", error.code()),
        }
    }
}

impl std::error::Error for PbcFileError {}

impl From<DecodeError> for PbcFileError {
    fn from(error: DecodeError) -> Self {
        PbcFileError::Malformed(error)
    }
}

impl PbcFile {
    /// Reads a `.pbc` file.
    ///
    /// # Errors
    ///
    /// At the first byte that [`PbcFile::encode`] would not have written; then for a file without
    /// ABI or wasm.
    pub fn decode(bytes: &[u8]) -> Result<PbcFile, PbcFileError> {
        let mut source = Decoder::new(bytes);
        if source.array::<4>().ok().as_ref() != Some(MAGIC) {
            return Err(PbcFileError::Header);
        }
        let mut sections = [None, None, None];
        let mut last = 0;
        while !source.rest().is_empty() {
            let id = source.byte()?;
            let length = u32::rpc_decode(&mut source)? as usize;
            let data = source.slice(length)?;
            if id <= last || id > ZK_BYTECODE {
                return Err(PbcFileError::Section(id));
            }
            sections[usize::from(id - 1)] = Some(data.to_vec());
            last = id;
        }
        let [abi, wasm, zk_bytecode] = sections;
        let abi = abi.ok_or(PbcFileError::Missing(ABI))?;
        let wasm = wasm.ok_or(PbcFileError::Missing(WASM))?;
        Ok(PbcFile { abi, wasm, zk_bytecode })
    }

    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        let sections = [
            (ABI, Some(&self.abi)),
            (WASM, Some(&self.wasm)),
            (ZK_BYTECODE, self.zk_bytecode.as_ref()),
        ];
        let mut bytes = MAGIC.to_vec();
        for (id, data) in sections {
            let Some(data) = data else { continue };
            let length = u32::try_from(data.len()).expect("a section is smaller than 4 GiB");
            bytes.push(id);
            bytes.extend(length.to_be_bytes());
            bytes.extend(data);
        }
        bytes
    }
}
