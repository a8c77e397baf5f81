//! What becomes of the calls that a registry has sent: success, failure, and odd answers.

use pbc_contract_common::address::Address;
use zkreg::call::Call;
use zkreg::chain::{CallResult, Results};
use zkreg::neighbours::Producer;

use crate::choices::Chooser;
use crate::stage::Stage;

const DAY: i64 = 86_400_000;

/// The results that a callback of these bytes is told. The simplest is success, as expected.
pub(crate) fn results(chooser: &mut Chooser<'_>, stage: &Stage<'_>, payload: &[u8]) -> Results {
    let success = !chooser.seldom(4);
    let return_data = match Call::decode(payload) {
        Some(Call::OnProducerInfo { account, .. }) => producer(chooser, stage, account),
        Some(Call::OnContractStatus { .. } | Call::OnDeadlineExtended { .. }) => {
            let days = [28, 0, 182, -1, 1, 60];
            let end = stage.now.saturating_add(chooser.one_of(&days) * DAY);
            let end = chooser.one_of(&[end, end, end, end, i64::MAX, i64::MIN]);
            let mut data = end.to_be_bytes().to_vec();
            if chooser.seldom(10) {
                data.pop();
            }
            data
        }
        _ => Vec::new(),
    };
    // Flags inside the results are not the one that decides.
    let succeeded = success != chooser.seldom(6);
    let mut results = vec![CallResult { succeeded, return_data }];
    match chooser.below(30) {
        29 => results.clear(),
        28 => results.push(CallResult::default()),
        _ => {}
    }
    Results { success, results }
}

/// The record of a block producer, now and then a wrong one.
fn producer(chooser: &mut Chooser<'_>, stage: &Stage<'_>, account: Address) -> Vec<u8> {
    let jurisdiction = chooser.one_of(&[0, 1, 2, 3, 999, 1_000, -1]);
    let identity = match chooser.seldom(12) {
        true => chooser.one_of(&stage.operators()),
        false => account,
    };
    let mut record = Producer::made_up(&account, "Producer", jurisdiction).record(&identity);
    match chooser.below(24) {
        23 => record.truncate(usize::from(chooser.byte())),
        22 => record.push(0),
        21 => record[25] = 0xff,
        _ => {}
    }
    record
}
