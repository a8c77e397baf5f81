//! Which engine runs the registry.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use zkreg::deployment::PBC;
use zkreg::engine::{Code, Engine, MeteredEngine, NativeEngine, WasmEngine};

use super::sources;

/// The crate whose hooks the native engine calls.
const REGISTRY: &str = "zk_node_registry";

#[derive(Debug, Args)]
pub(crate) struct EngineArguments {
    /// What runs the contract
    #[arg(long, value_enum, default_value_t = Kind::Native, value_name = "ENGINE")]
    engine: Kind,
    #[command(flatten)]
    built: BuiltArguments,
}

/// Which module runs, for what needs one.
#[derive(Debug, Args)]
pub(crate) struct BuiltArguments {
    /// The built contract, a .pbc or .wasm file, in place of the one in abi/, which is in this
    /// program
    #[arg(long, value_name = "FILE")]
    pbc: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The contract that is linked into this program
    Native,
    /// The built contract, compiled, its operators counted one by one
    Wasm,
    /// The built contract, interpreted and metered: a block counts whole when it is entered
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
    /// Which engine is asked for, unless it is the usual one.
    pub(crate) fn words(&self) -> Option<String> {
        let contract = self.built.shown();
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
            Kind::Native if self.built.pbc.is_some() => {
                return Err("`--pbc` is not what runs: say `--engine wasm` too".to_owned());
            }
            Kind::Native => Chosen::Native(NativeEngine::of(REGISTRY)),
            Kind::Wasm => Chosen::Wasm(self.built.compiled()?),
            Kind::Metered => {
                let engine = MeteredEngine::new(&self.built.code()?);
                Chosen::Metered(engine.map_err(|error| self.built.complaint(&error))?)
            }
        })
    }
}

impl BuiltArguments {
    /// The engine for the module.
    ///
    /// # Errors
    ///
    /// As [`EngineArguments::choose`].
    pub(crate) fn compiled(&self) -> Result<WasmEngine, String> {
        WasmEngine::new(&self.code()?).map_err(|error| self.complaint(&error))
    }

    /// The file, as messages show it.
    pub(crate) fn shown(&self) -> String {
        self.pbc.as_deref().map_or_else(|| "abi/zk_node_registry.pbc".to_owned(), sources::shown)
    }

    fn code(&self) -> Result<Code, String> {
        let bytes = match &self.pbc {
            Some(path) => Cow::from(fs::read(path).map_err(|error| self.complaint(&error))?),
            None => Cow::from(PBC),
        };
        Code::of_file(&bytes).map_err(|error| self.complaint(&error))
    }

    fn complaint(&self, why: &dyn fmt::Display) -> String {
        format!("cannot run {}: {why}", self.shown())
    }
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
