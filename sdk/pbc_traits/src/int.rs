//! Integers on any reader and writer.

use std::io::{self, Read, Write};

macro_rules! int_traits {
    ($($int:ty: $read_be:ident $read_le:ident $write_be:ident $write_le:ident;)*) => {
        /// Reads integers of a fixed width. Short input panics.
        pub trait ReadInt: Read {
            /// Reads one byte as an unsigned number.
            fn read_u8(&mut self) -> u8 {
                u8::from_be_bytes(read_array(self))
            }
            /// Reads one byte as a signed number.
            fn read_i8(&mut self) -> i8 {
                i8::from_be_bytes(read_array(self))
            }
            $(
                #[doc = concat!("Reads a big-endian `", stringify!($int), "`.")]
                fn $read_be(&mut self) -> $int {
                    <$int>::from_be_bytes(read_array(self))
                }
                #[doc = concat!("Reads a little-endian `", stringify!($int), "`.")]
                fn $read_le(&mut self) -> $int {
                    <$int>::from_le_bytes(read_array(self))
                }
            )*
        }

        /// Writes integers of a fixed width.
        pub trait WriteInt: Write {
            /// Writes an unsigned number as one byte.
            fn write_u8(&mut self, value: u8) -> io::Result<()> {
                self.write_all(&value.to_be_bytes())
            }
            /// Writes a signed number as one byte.
            fn write_i8(&mut self, value: i8) -> io::Result<()> {
                self.write_all(&value.to_be_bytes())
            }
            $(
                #[doc = concat!("Writes a big-endian `", stringify!($int), "`.")]
                fn $write_be(&mut self, value: $int) -> io::Result<()> {
                    self.write_all(&value.to_be_bytes())
                }
                #[doc = concat!("Writes a little-endian `", stringify!($int), "`.")]
                fn $write_le(&mut self, value: $int) -> io::Result<()> {
                    self.write_all(&value.to_le_bytes())
                }
            )*
        }
    };
}

int_traits! {
    u16: read_u16_be read_u16_le write_u16_be write_u16_le;
    u32: read_u32_be read_u32_le write_u32_be write_u32_le;
    u64: read_u64_be read_u64_le write_u64_be write_u64_le;
    u128: read_u128_be read_u128_le write_u128_be write_u128_le;
    i16: read_i16_be read_i16_le write_i16_be write_i16_le;
    i32: read_i32_be read_i32_le write_i32_be write_i32_le;
    i64: read_i64_be read_i64_le write_i64_be write_i64_le;
    i128: read_i128_be read_i128_le write_i128_be write_i128_le;
}

impl<R: Read + ?Sized> ReadInt for R {}
impl<W: Write + ?Sized> WriteInt for W {}

fn read_array<const N: usize, R: Read + ?Sized>(reader: &mut R) -> [u8; N] {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).expect("the input ends too early");
    bytes
}
