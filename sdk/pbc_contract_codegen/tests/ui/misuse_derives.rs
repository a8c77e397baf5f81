use create_type_spec_derive::CreateTypeSpec;
use read_write_rpc_derive::{ReadRPC, ReadWriteRPC};
use read_write_state_derive::ReadWriteState;

#[derive(ReadWriteState)]
struct Tuple(u8, u8);

#[derive(ReadWriteRPC)]
struct Unit;

#[derive(ReadWriteState)]
union Both {
    a: u8,
    b: i8,
}

#[derive(ReadRPC)]
struct Reader {
    reader: u8,
}

#[derive(ReadWriteState)]
struct Writer {
    writer: u8,
}

#[derive(ReadWriteState)]
struct TupleField {
    pair: (u8, u8),
}

#[derive(ReadWriteState)]
struct ReferenceField {
    text: &'static str,
}

#[derive(ReadWriteState)]
struct NestedArrayField {
    grid: [[u8; 2]; 2],
}

const LENGTH: usize = 4;

#[derive(ReadWriteState)]
struct ConstantLengthField {
    bytes: [u8; LENGTH],
}

#[derive(ReadWriteState)]
enum Empty {}

#[derive(ReadWriteState)]
enum Missing {
    #[discriminant(0)]
    A {},
    B {},
}

#[derive(ReadWriteRPC)]
enum Duplicate {
    #[discriminant(7)]
    A {},
    #[discriminant(7)]
    B {},
}

#[derive(ReadWriteState)]
enum Twice {
    #[discriminant(1)]
    #[discriminant(2)]
    A {},
}

#[derive(ReadWriteState)]
enum TooLarge {
    #[discriminant(256)]
    A {},
}

#[derive(ReadWriteState)]
enum NotANumber {
    #[discriminant]
    A {},
}

#[derive(CreateTypeSpec)]
enum UnitVariant {
    #[discriminant(0)]
    A,
}

#[derive(ReadWriteState)]
enum TupleVariant {
    #[discriminant(0)]
    A(u8),
}

#[derive(ReadWriteState)]
#[repr(u8)]
enum MixedCFirst {
    A = 1,
    B {},
}

#[derive(ReadWriteState)]
#[repr(u8)]
enum MixedStructFirst {
    #[discriminant(0)]
    A {},
    B = 1,
}

#[derive(ReadWriteState)]
enum Unnumbered {
    A = 1,
    B,
}

#[derive(ReadWriteState)]
enum NumberedTwice {
    #[discriminant(1)]
    A = 1,
}

#[derive(CreateTypeSpec)]
enum Plain {
    A = 1,
    B = 2,
}

#[derive(CreateTypeSpec)]
#[allow(non_snake_case)]
struct SameInLowerCase {
    name: u8,
    Name: u8,
}

fn main() {}
