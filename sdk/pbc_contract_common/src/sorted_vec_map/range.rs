//! The part of a sorted slice that lies between bounds.

use std::ops::{Bound, Range, RangeBounds};

/// The indices of the items whose keys lie within `bounds`; none if the bounds are reversed.
pub(super) fn indices<T, Q: Ord + ?Sized>(
    items: &[T],
    bounds: &impl RangeBounds<Q>,
    key: impl Fn(&T) -> &Q,
) -> Range<usize> {
    let below = |bound: &Q| items.partition_point(|item| key(item) < bound);
    let up_to = |bound: &Q| items.partition_point(|item| key(item) <= bound);
    let start = match bounds.start_bound() {
        Bound::Included(bound) => below(bound),
        Bound::Excluded(bound) => up_to(bound),
        Bound::Unbounded => 0,
    };
    let end = match bounds.end_bound() {
        Bound::Included(bound) => up_to(bound),
        Bound::Excluded(bound) => below(bound),
        Bound::Unbounded => items.len(),
    };
    start..end.max(start)
}
