//! The ABI of a contract, asked of its `abi` build as the official tool does.
//!
//! Source: `pbc-formats.md` 3.3.

use anyhow::{Context, Result, bail, ensure};
use wasmi::{Engine, Instance, Linker, Module, Store};

/// The ABI file that `module` generates.
///
/// # Errors
///
/// If the module has imports, does not follow the protocol, or traps.
pub(crate) fn describe(module: &[u8]) -> Result<Vec<u8>> {
    let engine = Engine::default();
    let module = Module::new(&engine, module)?;
    if let Some(import) = module.imports().next() {
        bail!("an abi build has no imports, but this one imports {}", import.name());
    }
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;

    let functions = indices(&module, &instance, &mut store, "__abi_fn_as_fn_ptr")?;
    let types = indices(&module, &instance, &mut store, "__abi_type_as_fn_ptr")?;
    ensure!(!functions.is_empty() && !types.is_empty(), "the module describes nothing");
    let (function_count, function_list) = place(&instance, &mut store, &functions)?;
    let (type_count, type_list) = place(&instance, &mut store, &types)?;
    let generate =
        instance.get_typed_func::<(u32, u32, u32, u32), u64>(&store, "__abi_generate_to_ptr")?;
    let place =
        generate.call(&mut store, (function_count, function_list, type_count, type_list))?;

    let (length, start) = ((place >> 32) as usize, place as u32 as usize);
    let memory = instance.get_memory(&store, "memory").context("the module has no memory")?;
    let abi = memory.data(&store).get(start..).and_then(|rest| rest.get(..length));
    Ok(abi.context("the ABI lies outside of the memory")?.to_vec())
}

/// What the exports with this prefix answer: indices in the module's table of functions.
fn indices(
    module: &Module,
    instance: &Instance,
    store: &mut Store<()>,
    prefix: &str,
) -> Result<Vec<u32>> {
    module
        .exports()
        .filter(|export| export.name().starts_with(prefix))
        .map(|export| {
            Ok(instance.get_typed_func::<(), u32>(&*store, export.name())?.call(&mut *store, ())?)
        })
        .collect()
}

/// Writes a list into memory of the module. Returns its length and address.
fn place(instance: &Instance, store: &mut Store<()>, list: &[u32]) -> Result<(u32, u32)> {
    let bytes: Vec<u8> = list.iter().flat_map(|index| index.to_le_bytes()).collect();
    let allocate = instance.get_typed_func::<u32, u32>(&*store, "__abi_malloc")?;
    let address = allocate.call(&mut *store, u32::try_from(bytes.len())?)?;
    let memory = instance.get_memory(&*store, "memory").context("the module has no memory")?;
    memory.write(store, address as usize, &bytes)?;
    Ok((u32::try_from(list.len())?, address))
}
