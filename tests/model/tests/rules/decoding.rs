//! The decoding codes of 4.5, in the order of 3.2 and 4.1.

use proptest::prelude::*;
use reference_model::{Call, CreateArguments};

use crate::support::{bytes, plain_settings};
use crate::vectors::{actions, callbacks};

fn code(rpc: &str) -> &'static str {
    Call::decode(&bytes(rpc)).expect_err("a refusal").code
}

#[test]
fn a_shortname_has_one_spelling() {
    for rpc in ["80", "ffffffff", "8000", "858000", "80808080808000", "ffffffff1f", "ffffffffff0f"]
    {
        assert_eq!(code(rpc), "malformed_shortname", "{rpc}");
    }
    for rpc in ["8001", "ffffffff0f", "ffffffff07", "8080808001"] {
        assert_eq!(code(rpc), "unknown_action", "{rpc}");
    }
}

#[test]
fn gaps_numbers_of_callbacks_and_a_second_create_are_unknown_before_their_arguments() {
    for shortname in ["02", "03", "09", "0f", "1c", "1f", "21", "2f", "30", "31", "34", "35", "7f"]
    {
        assert_eq!(code(shortname), "unknown_action", "{shortname}");
    }
    for (_, rpc) in callbacks() {
        assert_eq!(Call::decode(&rpc).expect_err("a callback").code, "unknown_action");
    }
    let create = Call::decode(&plain_settings().encode());
    assert_eq!(create.expect_err("a second create").code, "unknown_action");
}

#[test]
fn the_empty_call_tops_up_gas() {
    assert_eq!(Call::decode(&[]), Ok(Call::TopUpGas));
    assert_eq!(Call::TopUpGas.encode(), Vec::<u8>::new());
    assert_eq!(Call::decode_callback(&[]).map_err(|refusal| refusal.code), {
        Err("malformed_shortname")
    });
    assert_eq!(CreateArguments::decode(&[]).map_err(|refusal| refusal.code), {
        Err("malformed_shortname")
    });
}

#[test]
fn an_address_is_judged_by_its_first_byte_then_by_its_length() {
    assert_eq!(code("07"), "truncated");
    assert_eq!(code("0705"), "invalid_address_type");
    assert_eq!(code("0704"), "truncated");
    let long = "07".to_owned() + "00" + &"11".repeat(20) + "00";
    assert_eq!(code(&long), "trailing_bytes");
    let wrong_and_long = "07".to_owned() + "05" + &"11".repeat(20) + "00";
    assert_eq!(code(&wrong_and_long), "invalid_address_type");
}

#[test]
fn a_count_is_judged_before_its_elements() {
    assert_eq!(code("00000000"), "truncated", "half a count");
    assert_eq!(code("0080000000"), "invalid_length", "the top bit");
    assert_eq!(code("00000000026e"), "invalid_length", "more bytes than are left");
    assert_eq!(code("0000000002fffe"), "invalid_utf8");
    assert_eq!(code("0000000002fffe00"), "invalid_utf8", "before what follows");
    assert_eq!(code("00000000016100"), "trailing_bytes");

    // 18: two nodes of 21 bytes need 42; one byte less is a bad count, whatever the bytes are.
    let head = "180000000001312d0000000003";
    assert_eq!(code(&(head.to_owned() + "00000002" + &"05".repeat(41))), "invalid_length");
    assert_eq!(code(&(head.to_owned() + "00000002" + &"05".repeat(42))), "invalid_address_type");
    // 19: a jurisdiction list needs 4 bytes for its count.
    let head = "19000000040000000001312d00";
    assert_eq!(code(&(head.to_owned() + "0000000200000000000000")), "invalid_length");
    assert_eq!(code(&(head.to_owned() + "00000001" + "0000000200000000000000")), "invalid_length");
    assert_eq!(code(&(head.to_owned() + "00000000")), "truncated", "the version is missing");
}

#[test]
fn a_status_is_success_or_failure() {
    let n1 = "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
    assert_eq!(code(&format!("1200000001{n1}02")), "invalid_discriminant");
    assert_eq!(code(&format!("1200000002{n1}02{n1}")), "invalid_length");
    assert_eq!(code(&format!("1200000001{n1}0100")), "trailing_bytes");
}

#[test]
fn any_byte_but_zero_is_some_and_is_written_as_one() {
    for marker in ["01", "02", "ff"] {
        let rpc = bytes(&format!("17{marker}0000019b76daa800"));
        let call = Call::decode(&rpc).expect("some time");
        assert_eq!(call.encode(), bytes("17010000019b76daa800"));
    }
    let mut create = plain_settings().encode();
    let place = 5 + 4 * 21;
    create[place] = 0xfe;
    let read = CreateArguments::decode(&create).expect("true");
    assert!(read.settings.require_block_producer);
    assert_eq!(read.encode()[place], 1);
    assert_eq!(CreateArguments::decode(&bytes("05")).expect_err("no create").code, {
        "unknown_action"
    });
}

#[test]
fn every_proper_prefix_and_every_extra_byte_is_refused() {
    for (call, rpc) in actions() {
        for length in 1..rpc.len() {
            assert!(Call::decode(&rpc[..length]).is_err(), "{call:?} cut to {length}");
        }
        let long = [rpc.as_slice(), &[0]].concat();
        let refused = Call::decode(&long).expect_err("one byte too many");
        assert_eq!(refused.code, "trailing_bytes", "{call:?}");
    }
    for (call, rpc) in callbacks() {
        for length in 0..rpc.len() {
            assert!(Call::decode_callback(&rpc[..length]).is_err(), "{call:?} cut to {length}");
        }
        let long = [rpc.as_slice(), &[0]].concat();
        assert_eq!(Call::decode_callback(&long).expect_err("too long").code, "trailing_bytes");
    }
    let create = plain_settings().encode();
    for length in 0..create.len() {
        assert!(CreateArguments::decode(&create[..length]).is_err(), "create cut to {length}");
    }
    let long = [create.as_slice(), &[0]].concat();
    assert_eq!(CreateArguments::decode(&long).expect_err("too long").code, "trailing_bytes");
}

proptest! {
    /// What is read is written back in the same bytes, but for bytes that stand for true.
    #[test]
    fn random_bytes_are_refused_or_read_and_written_back(
        shortname in 0u8..0x36,
        rest in prop::collection::vec(prop_oneof![0u8..=3, any::<u8>()], 0..80),
    ) {
        let rpc = [&[shortname][..], &rest].concat();
        if let Ok(call) = Call::decode(&rpc) {
            let written = call.encode();
            prop_assert_eq!(Call::decode(&written), Ok(call));
            prop_assert_eq!(written.len(), rpc.len());
            if shortname != 0x17 {
                prop_assert_eq!(written, rpc);
            }
        } else if let Ok(callback) = Call::decode_callback(&rpc) {
            prop_assert_eq!(callback.encode(), rpc);
        }
    }
}
