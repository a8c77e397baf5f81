//! Calls that nobody would send in earnest.

use pbc_contract_common::address::Address;
use rand::Rng;

use super::Pen;
use crate::call::Call;

impl Pen<'_> {
    /// Any bytes of anybody.
    pub(super) fn wild(&mut self) -> (Address, Vec<u8>) {
        let sender = if self.lot(1, 2) { self.contract() } else { self.account() };
        let (sender, mut rpc) = match self.chance.random_range(0..4) {
            0 => {
                let length = self.chance.random_range(0..60);
                (sender, (0..length).map(|_| self.chance.random()).collect())
            }
            1 => {
                // A number of an action, and anything after it.
                let (shortname, _) = Call::ALL[self.chance.random_range(0..Call::ALL.len())];
                let length = self.chance.random_range(0..40);
                let first = u8::try_from(shortname).expect("invariant: shortnames are small");
                let rest = (0..length).map(|_| self.chance.random());
                (sender, std::iter::once(first).chain(rest).collect())
            }
            2 => {
                let (_, rpc) = self.natural();
                (sender, rpc)
            }
            _ => self.natural(),
        };
        if self.lot(1, 2) {
            self.damage(&mut rpc);
        }
        (sender, rpc)
    }

    /// Changes a few bits or bytes.
    fn damage(&mut self, rpc: &mut Vec<u8>) {
        let place = if rpc.is_empty() { 0 } else { self.chance.random_range(0..rpc.len()) };
        match self.chance.random_range(0..5) {
            0 => rpc.truncate(place),
            1 => rpc.push(self.chance.random()),
            _ if rpc.is_empty() => {}
            2 => rpc[place] ^= 1 << self.chance.random_range(0..8),
            3 => rpc[place] = self.chance.random(),
            _ => {
                // An extreme number where one may be.
                let extreme =
                    self.one_of(&[[0x7f; 8], [0xff; 8], [0x80, 0, 0, 0, 0, 0, 0, 0], [0; 8]]);
                rpc.iter_mut().skip(place).zip(extreme).for_each(|(byte, new)| *byte = new);
            }
        }
    }
}
