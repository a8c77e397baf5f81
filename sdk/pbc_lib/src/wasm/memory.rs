//! The memory of one call: an instance serves one.
//!
//! Only pages that were grown here are used, so a host may grow memory for its input.
//!
//! Source: `pbc-formats.md` 2.4, *Memory*.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;

use crate::blocks::{Blocks, Pages, PAGE};

#[global_allocator]
static MEMORY: Memory = Memory(UnsafeCell::new(Blocks::new(Host)));

struct Memory(UnsafeCell<Blocks<Host>>);

/// The memory of the module.
struct Host;

impl Pages for Host {
    #[inline]
    fn grow(&mut self, count: usize) -> *mut u8 {
        match core::arch::wasm32::memory_grow(0, count) {
            usize::MAX => ptr::null_mut(),
            before => (before * PAGE) as *mut u8,
        }
    }
}

// SAFETY: a module of the MVP has one thread.
unsafe impl Sync for Memory {}

// SAFETY: a block belongs to one caller from `alloc` to `dealloc`: it comes from new pages or from a
// list that it leaves, and is as large and as aligned as its layout says (`Blocks`, and its tests).
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        (*self.0.get()).take(layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        (*self.0.get()).give_back(block, layout);
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        (*self.0.get()).resize(block, layout, size)
    }
}
