//! Which engine runs the registry.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use zkreg::engine::{Code, Engine, MeteredEngine, NativeEngine, WasmEngine};

use super::sources;

/// The crate whose hooks the native engine calls.
const REGISTRY: &str = "zk_node_registry";

#[derive(Debug, Args)]
pub(crate) struct EngineArguments {
    /// What runs the contract
    #[arg(long, value_enum, default_value_t = Kind::Native, value_name = "ENGINE")]
    engine: Kind,
    /// The built contract, a .pbc or .wasm file, for the engines that need it [default:
    /// abi/zk_node_registry.pbc]
    #[arg(long, value_name = "FILE")]
    pbc: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The contract that is linked into this program
    Native,
    /// The built contract, compiled
    Wasm,
    /// The built contract, interpreted and metered
    Metered,
}

/// An engine, to be had as often as needed.
#[derive(Clone, Debug)]
pub(crate) enum Chosen {
    Native(NativeEngine),
    Wasm(WasmEngine),
    Metered(MeteredEngine),
}

impl EngineArguments {
    fn pbc(&self) -> &Path {
        self.pbc.as_deref().unwrap_or(Path::new("abi/zk_node_registry.pbc"))
    }

    /// Which engine is asked for, unless it is the usual one.
    pub(crate) fn words(&self) -> Option<String> {
        let contract = sources::shown(self.pbc());
        match self.engine {
            Kind::Native => None,
            Kind::Wasm => Some(format!("Runs {contract}, compiled")),
            Kind::Metered => Some(format!("Runs {contract}, interpreted and metered")),
        }
    }

    /// The engine that is asked for.
    ///
    /// # Errors
    ///
    /// A sentence: the file cannot be read, is no contract, or is not what the engine runs.
    pub(crate) fn choose(&self) -> Result<Chosen, String> {
        Ok(match self.engine {
            Kind::Native if self.pbc.is_some() => {
                return Err("`--pbc` is not what runs: say `--engine wasm` too".to_owned());
            }
            Kind::Native => Chosen::Native(NativeEngine::of(REGISTRY)),
            Kind::Wasm => Chosen::Wasm(compiled(self.pbc())?),
            Kind::Metered => {
                let engine = MeteredEngine::new(&code(self.pbc())?);
                Chosen::Metered(engine.map_err(|error| complaint(self.pbc(), &error))?)
            }
        })
    }
}

/// The engine for the contract in a file.
///
/// # Errors
///
/// As [`EngineArguments::choose`].
pub(crate) fn compiled(contract: &Path) -> Result<WasmEngine, String> {
    WasmEngine::new(&code(contract)?).map_err(|error| complaint(contract, &error))
}

fn code(contract: &Path) -> Result<Code, String> {
    let bytes = fs::read(contract).map_err(|error| complaint(contract, &error))?;
    Code::of_file(&bytes).map_err(|error| complaint(contract, &error))
}

fn complaint(contract: &Path, why: &dyn fmt::Display) -> String {
    format!("cannot run {}: {why}", sources::shown(contract))
}

impl Chosen {
    /// The engine once more; what is compiled is shared.
    pub(crate) fn engine(&self) -> Box<dyn Engine> {
        match self {
            Chosen::Native(engine) => Box::new(engine.clone()),
            Chosen::Wasm(engine) => Box::new(engine.clone()),
            Chosen::Metered(engine) => Box::new(engine.clone()),
        }
    }
}
