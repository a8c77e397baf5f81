use super::*;
use crate::fuzz::history::Origin;

#[test]
fn states_to_begin_with_break_no_invariant() {
    let mut stored = 0;
    for seed in 0..600 {
        let (start, _) = Generator::of(seed);
        if let Origin::Stored(image) = start.origin {
            assert_eq!(image.violations(), [], "seed {seed}");
            stored += 1;
        }
    }
    assert!(stored > 30, "{stored}");
}
