//! Blocks of memory from pages: the allocator of a module, which needs no module to be tested.
//!
//! A call is short, so blocks come in powers of two, and what is freed waits for the next block of
//! its size. That is a tenth of the code, and of the instructions, of the standard library's
//! allocator.

use std::alloc::Layout;
use std::ptr;

/// Every block is aligned to this, or to its size if that is less.
const ALIGNMENT: usize = 16;
/// Room for the link to the next free block.
const SMALLEST: usize = 8;
/// The bytes of a page, to which pages are aligned.
pub(crate) const PAGE: usize = 1 << 16;

/// Where pages come from.
pub(crate) trait Pages {
    /// `count` new pages, one behind the other, or null if there are no more.
    fn grow(&mut self, count: usize) -> *mut u8;
}

/// Blocks of the pages that were grown here: nobody else's.
pub(crate) struct Blocks<P> {
    /// The first free block of each size, by its binary logarithm. A block holds the next one's
    /// address.
    free: [*mut u8; usize::BITS as usize],
    /// Where the pages that were grown last go on, and how much is left of them.
    next: *mut u8,
    left: usize,
    pages: P,
}

impl<P: Pages> Blocks<P> {
    /// No blocks yet.
    pub(crate) const fn new(pages: P) -> Blocks<P> {
        let free = [ptr::null_mut(); usize::BITS as usize];
        Blocks { free, next: ptr::null_mut(), left: 0, pages }
    }

    /// A block for `layout`, or null if there is no more memory.
    pub(crate) fn take(&mut self, layout: Layout) -> *mut u8 {
        let size = size_of_block(layout);
        let first = &mut self.free[size.trailing_zeros() as usize];
        if first.is_null() || layout.align() > ALIGNMENT {
            return self.fresh(size, layout.align().max(size.min(ALIGNMENT)));
        }
        let block = *first;
        // SAFETY: a free block is as large and as aligned as a link, and holds one: see `give_back`.
        *first = unsafe { *block.cast() };
        block
    }

    /// Keeps `block` for the next of its size.
    ///
    /// # Safety
    ///
    /// It was taken here for `layout`, and is not used any more.
    pub(crate) unsafe fn give_back(&mut self, block: *mut u8, layout: Layout) {
        let first = &mut self.free[size_of_block(layout).trailing_zeros() as usize];
        *block.cast() = *first;
        *first = block;
    }

    /// A block of `size` bytes with the content of `block`, as much as goes into it; or null, and then
    /// `block` stays as it is.
    ///
    /// # Safety
    ///
    /// It was taken here for `layout`; after another block is returned it is not used any more.
    /// `size` is above 0 and makes a layout with the alignment of `layout`.
    pub(crate) unsafe fn resize(&mut self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = Layout::from_size_align_unchecked(size, layout.align());
        if size_of_block(wanted) == size_of_block(layout) {
            return block;
        }
        let moved = self.take(wanted);
        if !moved.is_null() {
            ptr::copy_nonoverlapping(block, moved, size.min(layout.size()));
            self.give_back(block, layout);
        }
        moved
    }

    /// A block that nobody has had, or null if there are no more pages.
    fn fresh(&mut self, size: usize, alignment: usize) -> *mut u8 {
        let gap = self.next.addr().wrapping_neg() & (alignment - 1);
        if gap + size > self.left {
            // What is left of the last pages is lost: less than `size` and the gap.
            let count = size.div_ceil(PAGE);
            let pages = self.pages.grow(count);
            if pages.is_null() {
                return pages;
            }
            self.next = pages.wrapping_add(size);
            self.left = count * PAGE - size;
            return pages;
        }
        let block = self.next.wrapping_add(gap);
        self.next = block.wrapping_add(size);
        self.left -= gap + size;
        block
    }
}

/// The size of the block for `layout`: a power of two that holds it, its alignment, and a link. A
/// layout has at most half of what an address can say.
fn size_of_block(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(SMALLEST).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use std::alloc::{alloc, dealloc};

    use super::*;

    /// Pages of the machine that runs the test; no more than `left`.
    struct Lent {
        left: usize,
        regions: Vec<(*mut u8, Layout)>,
    }

    impl Pages for Lent {
        fn grow(&mut self, count: usize) -> *mut u8 {
            let Some(left) = self.left.checked_sub(count) else { return ptr::null_mut() };
            self.left = left;
            let layout = Layout::from_size_align(count * PAGE, PAGE).expect("a layout");
            // SAFETY: it is not empty.
            let region = unsafe { alloc(layout) };
            assert!(!region.is_null(), "the machine has memory");
            self.regions.push((region, layout));
            region
        }
    }

    impl Drop for Lent {
        fn drop(&mut self) {
            for (region, layout) in self.regions.drain(..) {
                // SAFETY: it comes from `grow`.
                unsafe { dealloc(region, layout) };
            }
        }
    }

    /// A block in use, and the byte that its user has filled it with.
    struct Used {
        block: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Used {
        fn fill(&self) {
            // SAFETY: the block is this large, and nobody else's: what the test is about.
            unsafe { self.block.write_bytes(self.mark, self.layout.size()) };
        }

        fn check(&self, length: usize) {
            assert_eq!(self.block.addr() % self.layout.align(), 0, "{:?}", self.layout);
            // SAFETY: it has been filled.
            let bytes = unsafe { std::slice::from_raw_parts(self.block, length) };
            assert!(
                bytes.iter().all(|byte| *byte == self.mark),
                "another's bytes: {:?}",
                self.layout
            );
        }
    }

    /// Numbers that look random, the same each time (xorshift).
    fn below(state: &mut u64, end: usize) -> usize {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 33) as usize % end
    }

    fn layout(state: &mut u64) -> Layout {
        let most = [9, 40, 3_000, 90_000][below(state, 4)];
        let size = 1 + below(state, most);
        Layout::from_size_align(size, 1 << below(state, 7)).expect("a layout")
    }

    /// How many blocks were refused.
    fn play(seed: u64, steps: usize, pages: usize) -> usize {
        let mut random = seed;
        let mut blocks = Blocks::new(Lent { left: pages, regions: Vec::new() });
        let mut used: Vec<Used> = Vec::new();
        let mut refused = 0;
        for step in 0..steps {
            let mark = step as u8;
            match below(&mut random, 4) {
                0 | 1 => {
                    let layout = layout(&mut random);
                    let block = blocks.take(layout);
                    if block.is_null() {
                        refused += 1;
                        continue;
                    }
                    used.push(Used { block, layout, mark });
                    used[used.len() - 1].fill();
                }
                2 if !used.is_empty() => {
                    let place = below(&mut random, used.len());
                    let one = used.swap_remove(place);
                    one.check(one.layout.size());
                    // SAFETY: it was taken for this layout, and nobody has it any more.
                    unsafe { blocks.give_back(one.block, one.layout) };
                }
                3 if !used.is_empty() => {
                    let place = below(&mut random, used.len());
                    let one = &mut used[place];
                    let size = layout(&mut random).size();
                    // SAFETY: it was taken for this layout.
                    let moved = unsafe { blocks.resize(one.block, one.layout, size) };
                    if moved.is_null() {
                        refused += 1;
                        one.check(one.layout.size());
                        continue;
                    }
                    let kept = size.min(one.layout.size());
                    one.block = moved;
                    one.layout =
                        Layout::from_size_align(size, one.layout.align()).expect("a layout");
                    one.check(kept);
                    one.fill();
                }
                _ => {}
            }
        }
        used.iter().for_each(|one| one.check(one.layout.size()));
        refused
    }

    #[test]
    fn a_block_is_aligned_and_its_own() {
        let steps = if cfg!(miri) { 300 } else { 3_000 };
        for seed in 1..=if cfg!(miri) { 2 } else { 10 } {
            assert_eq!(play(seed, steps, usize::MAX), 0);
        }
    }

    #[test]
    fn without_pages_a_block_is_refused_and_nothing_is_lost() {
        assert!(play(7, if cfg!(miri) { 300 } else { 3_000 }, 4) > 0);
    }

    #[test]
    fn what_is_given_back_is_used_again() {
        let mut blocks = Blocks::new(Lent { left: 1, regions: Vec::new() });
        let layout = Layout::from_size_align(3 << 13, 8).expect("a layout");
        for _ in 0..100 {
            let block = blocks.take(layout);
            assert!(!block.is_null());
            // SAFETY: it was taken for this layout, and nobody has it any more.
            unsafe { blocks.give_back(block, layout) };
        }
    }

    #[test]
    fn a_block_is_as_aligned_as_asked_for_even_if_it_is_smaller() {
        let mut blocks = Blocks::new(Lent { left: 1, regions: Vec::new() });
        let small = Layout::from_size_align(8, 8).expect("a layout");
        let aligned = Layout::from_size_align(8, 16).expect("a layout");
        let taken = [blocks.take(small), blocks.take(small), blocks.take(small)];
        for block in taken {
            // SAFETY: it was taken for this layout, and nobody has it any more.
            unsafe { blocks.give_back(block, small) };
        }
        for _ in 0..3 {
            assert_eq!(blocks.take(aligned).addr() % 16, 0);
        }
    }
}
