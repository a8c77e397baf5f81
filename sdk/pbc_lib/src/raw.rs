//! The only place where a pointer becomes a slice, and a result becomes an address.

/// The input of a call as the host handed it to a wrapper: `length` bytes at `address`, which stay
/// as they are until the wrapper returns.
#[inline]
pub(crate) fn input<'a>(address: *mut u8, length: usize) -> &'a [u8] {
    if address.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: wrappers are called by hosts only, and these are the terms of the interface
    // (`pbc-formats.md` 2.4). Natively that is `invoke`, which passes the parts of a slice.
    unsafe { std::slice::from_raw_parts(address, length) }
}

/// Leaves `result` to the host and returns its address. An instance serves one call.
#[cfg(target_arch = "wasm32")]
pub(crate) fn give(result: Vec<u8>) -> u64 {
    Box::leak(result.into_boxed_slice()).as_ptr() as usize as u64
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{give, take};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::Cell;

    thread_local! {
        /// The last result of a wrapper on this thread. It stays at its address until the next.
        static RESULT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }

    /// Parks `result` for [`take`] and returns its address, for hosts that read it there.
    #[inline]
    pub(crate) fn give(result: Vec<u8>) -> u64 {
        let address = result.as_ptr() as usize as u64;
        RESULT.set(result);
        address
    }

    /// The result that was parked last on this thread.
    #[inline]
    pub(crate) fn take() -> Vec<u8> {
        RESULT.take()
    }
}
