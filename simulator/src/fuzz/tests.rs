use super::*;

/// The tally of these seeds, which must go well.
fn well(seeds: std::ops::Range<u64>) -> Tally {
    let maker = native();
    let mut tally = Tally::default();
    for seed in seeds {
        let (_, generator) = Generator::of(seed);
        let history = make(seed, &maker, generator.length());
        let ran = run(&maker, &history, Rigour::default(), &mut ());
        assert_eq!(ran.failure, None, "seed {seed}");
        tally.add(&ran.tally);
    }
    tally
}

#[test]
fn histories_of_the_registry_break_nothing_and_come_to_most_places() {
    let tally = well(0..60);
    let missed: Vec<String> = tally.missed(1).map(|place| place.to_string()).collect();
    println!("{} actions, {} accepted, {tally:#?}", tally.actions(), tally.accepted());
    assert!(missed.len() < 30, "{missed:?}");
}

#[test]
fn a_history_is_read_as_it_was_written() {
    let maker = native();
    for seed in 0..40 {
        let history = make(seed, &maker, 30);
        assert_eq!(History::parse(&history.to_text()), Ok(history), "seed {seed}");
    }
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let maker = native();
    assert_eq!(make(5, &maker, 200), make(5, &maker, 200));
    assert_ne!(make(5, &maker, 200), make(6, &maker, 200));
}
