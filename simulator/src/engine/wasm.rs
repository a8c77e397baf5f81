//! The fast engine for WASM: a fresh instance a call, compiled once (wasmtime).
//!
//! Memory comes from a pool, stays mapped and is reset by writing: a call touches a few pages, and
//! to have the kernel take them away and fault them in again costs as much as the call. So bounds
//! are checked by instructions and not by guard pages, and data is copied and not mapped. If the
//! process may not reserve a pool, instances are made one by one: slower, and the same in all else.
//!
//! # Limits
//!
//! Memory by [`MEMORY_LIMIT`], instructions by [`INSTRUCTION_LIMIT`]. Instructions are limited by
//! fuel rather than by epochs: an epoch ends by a clock, fuel by a count, and the same call must
//! come to the same end on every machine.
//!
//! Not here: what imports do (`imports`), what a module must be ([`Code`]), metering
//! ([`super::MeteredEngine`]).
//!
//! Source: `pbc-formats.md` 2.4, *Memory* and *Failure*.

use std::sync::Arc;

use pbc_lib::{Export, Failure, Trees};
use wasmtime::{
    Caller, Config, Enabled, InstanceAllocationStrategy, InstancePre, Linker, Module, ModuleExport,
    PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder, Trap,
};

use super::code::{Code, CodeError};
use super::imports::{self, Stop};
use super::{Engine, failure, unknown_action};

/// The most memory that a call can have, in bytes: 64 MiB, over 30 times what a call of the registry
/// needs.
pub const MEMORY_LIMIT: usize = 64 << 20;

/// How many instructions a call can carry out: what a million gas pays for.
///
/// Source: `pbc-formats.md` 4.1, *CPU*.
pub const INSTRUCTION_LIMIT: u64 = 1_000_000_000;

/// The bytes of a page of WebAssembly memory.
pub(super) const PAGE: u64 = 64 << 10;

/// The bytes of the length in front of a result.
const LENGTH: usize = 4;

/// The first bytes of a call's memory, which stay mapped for the next call: the stack and the data
/// of a module whose stack is small, as that of the registry is.
const KEPT: usize = 76 << 10;

/// The first bytes of a call's table, which stay mapped too: 512 entries; the registry has 35.
const TABLE_KEPT: usize = 4 << 10;

/// How many calls can run at once in one process: as many threads as tests may have.
const POOL: u32 = 64;

/// Runs a module, compiled. A clone shares the compiled code.
#[derive(Clone)]
pub struct WasmEngine {
    module: InstancePre<Data>,
    memory: ModuleExport,
    /// Ascending.
    exports: Arc<[(Export, ModuleExport)]>,
    operators: u64,
}

impl std::fmt::Debug for WasmEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WasmEngine").field(&self.exports().collect::<Vec<_>>()).finish()
    }
}

struct Data {
    host: imports::Host<wasmtime::Memory>,
    limits: StoreLimits,
}

impl WasmEngine {
    /// Compiles `code`.
    ///
    /// # Errors
    ///
    /// [`CodeError::Compile`].
    pub fn new(code: &Code) -> Result<WasmEngine, CodeError> {
        let failed = |error: wasmtime::Error| CodeError::Compile(format!("{error:#}"));
        let beyond_mvp = code.beyond_mvp().is_some();
        let engine = wasmtime::Engine::new(&config(true, beyond_mvp))
            .or_else(|_| wasmtime::Engine::new(&config(false, beyond_mvp)))
            .map_err(failed)?;
        let module = Module::new(&engine, code.wasm()).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        link(&mut linker).map_err(failed)?;
        let export = |name: &str| {
            module
                .get_export_index(name)
                .ok_or_else(|| CodeError::Compile(format!("the export `{name}` is gone")))
        };
        let memory = export("memory")?;
        let exports = code.exports().iter().map(|it| Ok((*it, export(&it.to_string())?)));
        let exports = exports.collect::<Result<_, CodeError>>()?;
        let module = linker.instantiate_pre(&module).map_err(failed)?;
        Ok(WasmEngine { module, memory, exports, operators: 0 })
    }

    /// The entry points, ascending.
    pub fn exports(&self) -> impl Iterator<Item = Export> {
        self.exports.iter().map(|(export, _)| *export)
    }

    /// Makes an instance and drops it: the part of a call that every call pays.
    ///
    /// # Errors
    ///
    /// [`Failure::Trap`] if there is no room for one.
    pub fn instantiate(&self) -> Result<(), Failure> {
        let mut store = self.store(Trees::new());
        self.module.instantiate(&mut store).map(|_| ()).map_err(|error| trap(&error))
    }

    /// The operators that the last call has carried out, one each, whatever came of it. Those that
    /// do nothing by themselves count nothing: `nop`, `drop`, `block`, `loop`, `unreachable`,
    /// `return`, `else` and `end`. Each function that is entered counts one more, its return, and
    /// what imports do counts nothing. It is the fuel that wasmtime takes; a test counts by hand.
    pub fn operators(&self) -> u64 {
        self.operators
    }

    fn store(&self, trees: Trees) -> Store<Data> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).build();
        let host = imports::Host { memory: None, trees, exit: None };
        let mut store = Store::new(self.module.module().engine(), Data { host, limits });
        store.limiter(|data| &mut data.limits);
        store.set_fuel(INSTRUCTION_LIMIT).expect("invariant: the engine counts fuel");
        store
    }

    fn run(
        &self,
        store: &mut Store<Data>,
        function: &ModuleExport,
        input: &[u8],
    ) -> Result<Vec<u8>, wasmtime::Error> {
        let instance = self.module.instantiate(&mut *store)?;
        // Copying the module's data counts as fuel, but the module does not do it.
        store.set_fuel(INSTRUCTION_LIMIT)?;
        let export = instance.get_module_export(&mut *store, &self.memory);
        let memory = export.and_then(wasmtime::Extern::into_memory);
        let memory = memory.ok_or_else(|| Stop::because("the module has lost its memory"))?;
        let function = instance.get_module_export(&mut *store, function);
        let function = function.and_then(wasmtime::Extern::into_func);
        let function = function.ok_or_else(|| Stop::because("the module has lost an export"))?;
        let function = function.typed::<(u32, u32), u64>(&*store)?;
        store.data_mut().host.memory = Some(memory);

        // The module's allocator uses only pages that it grew itself.
        let pages = memory.grow(&mut *store, (input.len() as u64).div_ceil(PAGE))?;
        let start = usize::try_from(pages * PAGE)?;
        memory.data_mut(&mut *store)[start..start + input.len()].copy_from_slice(input);
        let result =
            function.call(&mut *store, (u32::try_from(start)?, u32::try_from(input.len())?))?;
        Ok(sections(memory.data(&*store), result)?)
    }
}

impl Engine for WasmEngine {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        self.operators = 0;
        let Ok(place) = self.exports.binary_search_by_key(&export, |(export, _)| *export) else {
            return Err(unknown_action(export));
        };
        trees.begin_call();
        let mut store = self.store(std::mem::take(trees));
        let result = self.run(&mut store, &self.exports[place].1, input);
        let left = store.get_fuel().expect("invariant: the engine counts fuel");
        self.operators = INSTRUCTION_LIMIT - left;
        let Data { host, .. } = store.into_data();
        *trees = host.trees;
        let ran_into_unreachable =
            |error: &wasmtime::Error| error.downcast_ref() == Some(&Trap::UnreachableCodeReached);
        failure::end_of_call(result, host.exit, trees, ran_into_unreachable, trap)
    }

    fn counted(&self) -> Option<u64> {
        Some(self.operators)
    }
}

/// The sections of the result buffer whose address is `result`.
pub(super) fn sections(memory: &[u8], result: u64) -> Result<Vec<u8>, Stop> {
    let outside = || Stop::because("the result is not within the memory");
    let start = usize::try_from(result).map_err(|_| outside())?;
    let bytes = memory.get(start..).ok_or_else(outside)?;
    let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or_else(outside)?;
    let length = u32::from_be_bytes(*length) as usize;
    rest.get(..length).map(<[u8]>::to_vec).ok_or_else(outside)
}

fn trap(error: &wasmtime::Error) -> Failure {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return failure::trap(stop.to_string());
    }
    failure::trap(match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => failure::TOO_LONG.to_owned(),
        // In the words of both engines.
        Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        None => format!("{error:#}"),
    })
}

fn config(pooled: bool, beyond_mvp: bool) -> Config {
    let mut config = Config::new();
    config.consume_fuel(true);
    // A backtrace costs more than a refused call.
    config.wasm_backtrace_max_frames(None);
    // `Code` has refused what may not be; these can be switched off here too.
    config
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_bulk_memory(beyond_mvp)
        .wasm_multi_value(beyond_mvp)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_extended_const(beyond_mvp);
    // Without guard pages a memory that grows needs no system call.
    config.memory_guard_size(0).memory_reservation(MEMORY_LIMIT as u64);
    config.signals_based_traps(false).memory_init_cow(false);
    if pooled {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_memories(POOL)
            .total_core_instances(POOL)
            .total_tables(POOL)
            .max_memory_size(MEMORY_LIMIT)
            // The kernel tells which pages were written, where it can.
            .pagemap_scan(Enabled::Auto)
            .linear_memory_keep_resident(KEPT)
            .table_keep_resident(TABLE_KEPT)
            .table_elements(20_000);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

fn link(linker: &mut Linker<Data>) -> Result<(), wasmtime::Error> {
    let mut result = Ok(());
    imports::link_imports!(linker, Caller<'_, Data>, wasmtime::Error::from, |linked: Result<
        (),
        _,
    >| {
        if result.is_ok() {
            result = linked;
        }
    });
    result
}
