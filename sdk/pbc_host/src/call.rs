//! What goes into a call: the RPC as it travels, and the contexts.
//!
//! Source: `pbc-formats.md` 1.2, 2.3 and 2.4.

use pbc_contract_common::context::{ContractContext, ExecutionResult};
use pbc_lib::Failure;
use pbc_traits::WriteRPC;

/// Splits an RPC into its shortname and the arguments.
///
/// # Errors
///
/// [`Failure::Refused`] with `malformed_shortname` if the RPC does not start with the shortest
/// LEB128 form of a number below 2^32: it is empty, unfinished, redundant, longer than 5 bytes or
/// too large. An empty RPC is no call; hosts accept it without asking the contract.
pub fn split_rpc(rpc: &[u8]) -> Result<(u32, &[u8]), Failure> {
    let malformed = |cause: &str| {
        let shown = &rpc[..rpc.len().min(6)];
        let bytes: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
        Failure::refused("malformed_shortname", format!("{cause}, bytes {bytes}"))
    };

    let mut number = 0_u64;
    for (index, byte) in rpc.iter().enumerate().take(5) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 != 0 {
            continue;
        }
        if *byte == 0 && index > 0 {
            return Err(malformed("redundant last byte"));
        }
        let shortname = u32::try_from(number).map_err(|_| malformed("above 2^32 - 1"))?;
        return Ok((shortname, &rpc[index + 1..]));
    }
    Err(malformed(if rpc.len() < 5 { "unfinished" } else { "longer than 5 bytes" }))
}

/// The shortest LEB128 form of a number, as shortnames have it and lengths in an ABI.
pub fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5);
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The context of a call: 122 bytes.
pub fn encode_context(context: &ContractContext) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(122);
    context.rpc_write_to(&mut bytes).expect("invariant: writing to a vector succeeds");
    bytes
}

/// The context of a callback: whether all calls succeeded, and their results in order.
pub fn encode_callback_context(success: bool, results: &[ExecutionResult]) -> Vec<u8> {
    let mut bytes = vec![u8::from(success)];
    put_length(&mut bytes, results.len());
    for result in results {
        bytes.push(u8::from(result.succeeded));
        put_length(&mut bytes, result.return_data.len());
        bytes.extend(&result.return_data);
    }
    bytes
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a context is smaller than 4 GiB");
    bytes.extend(length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_is_split_after_the_shortest_leb_number() {
        assert_eq!(split_rpc(&[0x00]), Ok((0, &[][..])));
        assert_eq!(split_rpc(&[0x80, 0x01, 7]), Ok((128, &[7][..])));
        assert_eq!(split_rpc(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok((u32::MAX, &[][..])));
    }

    #[test]
    fn a_second_spelling_of_a_shortname_is_refused() {
        for (rpc, cause) in [
            (&[][..], "unfinished"),
            (&[0x80], "unfinished"),
            (&[0x80, 0x00], "redundant"),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "longer than 5 bytes"),
            (&[0xff, 0xff, 0xff, 0xff, 0x10], "above"),
        ] {
            let failure = split_rpc(rpc).expect_err("a malformed shortname");
            assert_eq!(failure.code(), Some("malformed_shortname"));
            assert!(failure.to_string().contains(cause), "{failure}");
        }
    }
}
