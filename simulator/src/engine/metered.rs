//! The metering engine for WASM: an interpreter that takes fuel (wasmi).
//!
//! wasmi pays for a whole block when it is entered, also for what a branch then leaves out. Its fuel
//! is therefore a bound on what is carried out, which [`super::WasmEngine::operators`] counts.
//!
//! It is another implementation of the same machine than [`super::WasmEngine`], so that one checks
//! the other.

use std::sync::Arc;

use pbc_lib::{Export, Failure, Trees};
use wasmi::{
    Caller, CompilationMode, Config, CustomFuelCosts, Linker, Module, Store, StoreLimits,
    StoreLimitsBuilder, TrapCode,
};

use super::code::{Code, CodeError};
use super::imports::{self, Stop};
use super::wasm::{INSTRUCTION_LIMIT, MEMORY_LIMIT, PAGE, sections};
use super::{Engine, failure, unknown_action};

/// Runs a module by interpreting it, and takes fuel. A clone shares the module.
#[derive(Clone)]
pub struct MeteredEngine {
    module: Module,
    linker: Arc<Linker<Data>>,
    /// Ascending.
    exports: Arc<[Export]>,
    fuel: u64,
}

impl std::fmt::Debug for MeteredEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MeteredEngine").field(&self.exports).finish()
    }
}

struct Data {
    host: imports::Host<wasmi::Memory>,
    limits: StoreLimits,
}

impl MeteredEngine {
    /// Takes `code` in.
    ///
    /// # Errors
    ///
    /// [`CodeError::Compile`].
    pub fn new(code: &Code) -> Result<MeteredEngine, CodeError> {
        let failed = |error: wasmi::Error| CodeError::Compile(error.to_string());
        let engine = wasmi::Engine::new(&config(code.beyond_mvp().is_some()));
        let module = Module::new(&engine, code.wasm()).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        let mut result = Ok(());
        imports::link_imports!(linker, Caller<'_, Data>, wasmi::Error::host, |linked: Result<
            (),
            _,
        >| {
            if linked.is_err() {
                result = linked;
            }
        });
        result.map_err(|error| CodeError::Compile(error.to_string()))?;
        let exports = code.exports().into();
        Ok(MeteredEngine { module, linker: Arc::new(linker), exports, fuel: 0 })
    }

    /// The fuel of the last call, whatever came of it; 0 if there was no such entry point.
    pub fn fuel(&self) -> u64 {
        self.fuel
    }

    fn run(
        &self,
        store: &mut Store<Data>,
        export: Export,
        input: &[u8],
    ) -> Result<Vec<u8>, wasmi::Error> {
        let stop = |text: &str| wasmi::Error::host(Stop::because(text));
        let too_large = |_| stop("the input is too large");
        let instance = self.linker.instantiate_and_start(&mut *store, &self.module)?;
        let memory = instance.get_memory(&*store, "memory");
        let memory = memory.ok_or_else(|| stop("the module has lost its memory"))?;
        let function = instance.get_typed_func::<(u32, u32), u64>(&*store, &export.to_string())?;
        store.data_mut().host.memory = Some(memory);

        let pages = memory.grow(&mut *store, (input.len() as u64).div_ceil(PAGE))?;
        let start = usize::try_from(pages * PAGE).map_err(too_large)?;
        memory.data_mut(&mut *store)[start..start + input.len()].copy_from_slice(input);
        let at = u32::try_from(start).map_err(too_large)?;
        let length = u32::try_from(input.len()).map_err(too_large)?;
        let result = function.call(&mut *store, (at, length))?;
        sections(memory.data(&*store), result).map_err(wasmi::Error::host)
    }
}

impl Engine for MeteredEngine {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        self.fuel = 0;
        if self.exports.binary_search(&export).is_err() {
            return Err(unknown_action(export));
        }
        trees.begin_call();
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).build();
        let host = imports::Host { memory: None, trees: std::mem::take(trees), exit: None };
        let mut store = Store::new(self.module.engine(), Data { host, limits });
        store.limiter(|data| &mut data.limits);
        store.set_fuel(INSTRUCTION_LIMIT).expect("invariant: the engine counts fuel");
        let result = self.run(&mut store, export, input);
        let left = store.get_fuel().expect("invariant: the engine counts fuel");
        self.fuel = INSTRUCTION_LIMIT - left;
        let Data { host, .. } = store.into_data();
        *trees = host.trees;
        let ran_into_unreachable =
            |error: &wasmi::Error| error.as_trap_code() == Some(TrapCode::UnreachableCodeReached);
        failure::end_of_call(result, host.exit, trees, ran_into_unreachable, trap)
    }

    fn counted(&self) -> Option<u64> {
        Some(self.fuel)
    }
}

fn trap(error: &wasmi::Error) -> Failure {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return failure::trap(stop.to_string());
    }
    failure::trap(match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => failure::TOO_LONG.to_owned(),
        _ => error.to_string(),
    })
}

fn config(beyond_mvp: bool) -> Config {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: u32::MAX,
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .compilation_mode(CompilationMode::Eager)
        .wasm_mutable_global(beyond_mvp)
        .wasm_sign_extension(beyond_mvp)
        .wasm_saturating_float_to_int(beyond_mvp)
        .wasm_multi_value(beyond_mvp)
        .wasm_multi_memory(false)
        .wasm_bulk_memory(beyond_mvp)
        .wasm_reference_types(beyond_mvp)
        .wasm_tail_call(false)
        .wasm_extended_const(beyond_mvp);
    config
}
