//! What others hand to the registry is read whole or not at all: a block producer's record, and
//! the arguments of its own callbacks.

use registry_harness::registry::{on_disassociated, producer_info};
use registry_harness::{Registry, calls, mpc, node};
use zk_node_registry::wire::read_producer_info;

#[test]
fn a_record_that_breaks_off_anywhere_or_goes_on_is_refused() {
    let whole = producer_info(node(1), 0x02, 208);

    for length in 0..whole.len() {
        assert_eq!(
            read_producer_info(&whole[..length], &node(1)),
            Err("data too short"),
            "{length}"
        );
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(read_producer_info(&longer, &node(1)), Err("bytes left over"));
    assert_eq!(read_producer_info(&whole, &node(1)).map(|info| info.server_jurisdiction), Ok(208));
}

#[test]
fn a_record_of_another_account_is_refused() {
    let record = producer_info(node(1), 0x02, 208);

    assert_eq!(read_producer_info(&record, &node(2)), Err("record of another account"));
}

#[test]
fn a_text_that_is_no_utf_8_is_refused() {
    let mut record = producer_info(node(1), 0x02, 208);
    record[25] = 0xff; // the first byte of the name, behind 21 of the account and 4 of its length

    assert_eq!(read_producer_info(&record, &node(1)), Err("text that is not UTF-8"));
}

#[test]
fn a_callback_with_a_negative_cut_is_nothing_that_the_registry_wrote() {
    let mut registry = Registry::with_nodes(1, mpc(100));
    registry.accept(node(1), calls::disassociate(mpc(40)));

    let forged = on_disassociated(node(1), mpc(40), -1);
    registry.refuse_callback(&forged, true, &[], "callback_unexpected");
    registry.refuse_callback(&forged, false, &[], "callback_unexpected");
}
