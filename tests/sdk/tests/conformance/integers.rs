//! `ReadInt` and `WriteInt`: integers of a fixed width, in both orders of bytes.

use pbc_traits::{ReadInt, WriteInt};

macro_rules! written_and_read {
    ($($int:ty: $value:expr, $read_be:ident $read_le:ident $write_be:ident $write_le:ident;)*) => {$(
        let value: $int = $value;
        let (mut big, mut little) = (Vec::new(), Vec::new());
        big.$write_be(value).expect("writing to a vector succeeds");
        little.$write_le(value).expect("writing to a vector succeeds");
        assert_eq!(big, value.to_be_bytes());
        assert_eq!(little, value.to_le_bytes());
        let (mut big, mut little) = (big.as_slice(), little.as_slice());
        assert_eq!(big.$read_be(), value);
        assert_eq!(little.$read_le(), value);
        assert!(big.is_empty() && little.is_empty(), "no byte is left");
    )*};
}

#[test]
fn integers_return_in_both_orders_of_bytes() {
    written_and_read! {
        u16: 0x0102, read_u16_be read_u16_le write_u16_be write_u16_le;
        u32: 0x0102_0304, read_u32_be read_u32_le write_u32_be write_u32_le;
        u64: 0x0102_0304_0506_0708, read_u64_be read_u64_le write_u64_be write_u64_le;
        u128: u128::MAX - 0x0102, read_u128_be read_u128_le write_u128_be write_u128_le;
        i16: -2, read_i16_be read_i16_le write_i16_be write_i16_le;
        i32: i32::MIN + 1, read_i32_be read_i32_le write_i32_be write_i32_le;
        i64: i64::MIN + 2, read_i64_be read_i64_le write_i64_be write_i64_le;
        i128: i128::MIN + 3, read_i128_be read_i128_le write_i128_be write_i128_le;
    }
}

#[test]
fn single_bytes_return() {
    let mut bytes = Vec::new();
    bytes.write_u8(0xfe).expect("writing to a vector succeeds");
    bytes.write_i8(-3).expect("writing to a vector succeeds");
    assert_eq!(bytes, [0xfe, 0xfd]);

    let mut rest = bytes.as_slice();
    assert_eq!((rest.read_u8(), rest.read_i8()), (0xfe, -3));
}
