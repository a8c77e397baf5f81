use read_write_state_derive::ReadWriteState;

#[derive(ReadWriteState, PartialEq)]
enum TooWide {
    A = 0,
    B = 300,
}

#[derive(ReadWriteState)]
enum NotComparable {
    A = 0,
    B = 1,
}

fn main() {}
