//! How those answer whom the registry has called.

use pbc_contract_common::address::Address;
use rand::Rng;

use super::Pen;
use super::numbers::DAY;
use crate::call::Call;
use crate::fuzz::driver::UnderWay;
use crate::fuzz::history::Deed;
use crate::neighbours::Producer;

impl Pen<'_> {
    /// One of the callbacks under way comes.
    pub(super) fn callback(&mut self, under_way: &[UnderWay]) -> Deed {
        let oldest_first = self.lot(1, 2);
        let place = if oldest_first { 0 } else { self.chance.random_range(0..under_way.len()) };
        let success = self.lot(3, 4);
        self.answer(&under_way[place], success)
    }

    /// A callback comes, mostly as those around the registry would have it.
    pub(super) fn answer(&mut self, callback: &UnderWay, success: bool) -> Deed {
        let call = Call::decode(&callback.rpc);
        let mut results = match &call {
            _ if !success => vec![(false, Vec::new())],
            Some(Call::OnProducerInfo { account, .. }) => vec![(true, self.producer(account))],
            Some(Call::OnContractStatus { .. } | Call::OnDeadlineExtended { .. }) => {
                vec![(true, self.deadline())]
            }
            _ => vec![(true, Vec::new())],
        };
        match self.chance.random_range(0..60) {
            0 => results.clear(),
            1 => results.push((true, Vec::new())),
            2 => results.iter_mut().for_each(|(succeeded, _)| *succeeded = !*succeeded),
            _ => {}
        }
        let again = self.lot(1, 30);
        Deed::Callback { rpc: callback.rpc.clone(), success, results, again }
    }

    /// What BP orchestration says of an account, now and then something odd.
    fn producer(&mut self, account: &Address) -> Vec<u8> {
        let about = if self.lot(1, 20) { self.operator() } else { *account };
        let number = self.cast.operators.iter().position(|it| it == account).unwrap_or_default();
        let usual = home(number);
        let jurisdiction =
            if self.lot(1, 8) { self.one_of(&[0, 1, 999, 1_000, -1]) } else { usual };
        let name = format!("n{}", number + 1);
        let mut data = Producer::made_up(&about, &name, jurisdiction).record(&about);
        match self.chance.random_range(0..30) {
            0 => data.truncate(self.chance.random_range(0..data.len())),
            1 => data.push(0),
            2 => data[25] = 0xff,
            3 => data[21] = 0x80,
            4 => data[0] = 0x05,
            _ => {}
        }
        data
    }

    /// What a contract says of its deadline, now and then something odd.
    fn deadline(&mut self) -> Vec<u8> {
        let end = match self.chance.random_range(0..12) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => 0,
            3 => self.now,
            _ => self.now.saturating_add(self.chance.random_range(-DAY..60 * DAY)),
        };
        let mut data = end.to_be_bytes().to_vec();
        match self.chance.random_range(0..24) {
            0 => data.truncate(7),
            1 => data.push(0),
            2 => data.clear(),
            _ => {}
        }
        data
    }
}

/// Where the server of operator number `number` is, counted from 0.
pub(crate) fn home(number: usize) -> i32 {
    [208, 276, 1, 0][number % 4]
}
