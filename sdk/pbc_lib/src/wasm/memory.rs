//! The memory of one call.
//!
//! An instance serves one call, and a call is short: blocks come in powers of two, and what is
//! freed waits for the next block of its size. That is a tenth of the code, and of the instructions,
//! of the standard library's allocator.
//!
//! Only pages that were grown here are used, so a host may grow memory for its input.
//!
//! Source: `pbc-formats.md` 2.4, *Memory*.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;

/// Every block is aligned to this, or to its size if that is less.
const ALIGNMENT: usize = 16;
/// Room for the link to the next free block.
const SMALLEST: usize = 8;
const PAGE: usize = 1 << 16;

#[global_allocator]
static MEMORY: Memory =
    Memory(UnsafeCell::new(Blocks { free: [ptr::null_mut(); 32], next: 0, end: 0 }));

struct Memory(UnsafeCell<Blocks>);

struct Blocks {
    /// The first free block of each size, by its binary logarithm. A block holds the next one's
    /// address.
    free: [*mut u8; 32],
    /// Where the pages that were grown last go on.
    next: usize,
    end: usize,
}

// SAFETY: a module of the MVP has one thread.
unsafe impl Sync for Memory {}

// SAFETY: a block belongs to one caller from `alloc` to `dealloc`: it comes from new pages or from a
// list that it leaves. It is as large and as aligned as `size_of` and `fresh` say.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let blocks = &mut *self.0.get();
        let size = size_of(layout);
        let first = &mut blocks.free[size.trailing_zeros() as usize];
        if first.is_null() || layout.align() > ALIGNMENT {
            return blocks.fresh(size, layout.align().max(size.min(ALIGNMENT)));
        }
        let block = *first;
        *first = *block.cast();
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let blocks = &mut *self.0.get();
        let first = &mut blocks.free[size_of(layout).trailing_zeros() as usize];
        *block.cast() = *first;
        *first = block;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = Layout::from_size_align_unchecked(size, layout.align());
        if size_of(wanted) == size_of(layout) {
            return block;
        }
        let moved = self.alloc(wanted);
        if !moved.is_null() {
            ptr::copy_nonoverlapping(block, moved, size.min(layout.size()));
            self.dealloc(block, layout);
        }
        moved
    }
}

/// The size of the block for `layout`. A layout has less than 2^31 bytes.
fn size_of(layout: Layout) -> usize {
    layout.size().max(SMALLEST).next_power_of_two()
}

impl Blocks {
    /// A block that nobody has had, or null if the host gives no more memory.
    fn fresh(&mut self, size: usize, alignment: usize) -> *mut u8 {
        let start = self.next.next_multiple_of(alignment);
        if start + size <= self.end {
            self.next = start + size;
            return start as *mut u8;
        }
        let pages = size.div_ceil(PAGE);
        let before = core::arch::wasm32::memory_grow(0, pages);
        if before == usize::MAX {
            return ptr::null_mut();
        }
        // What is left of the last pages is lost: less than `size`, unless the host grew too.
        let start = before * PAGE;
        self.next = start + size;
        self.end = start + pages * PAGE;
        start as *mut u8
    }
}
