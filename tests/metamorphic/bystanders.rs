//! M-09: those outside the roster.

use pbc_contract_common::address::{Address, AddressType};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use zk_node_registry::RestEndpoint;
use zkreg::call::Call;
use zkreg::chain::{CallResult, EngineContract, Results};
use zkreg::invariants::{Delivery, Registry};
use zkreg::neighbours::Producer;

use crate::draws::{came_to_nodes, is_drawn};
use crate::tape::{Make, Tape, facts, instead, same, same_answers};

/// Why somebody is outside the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// A node without stake.
    Unstaked,
    /// A node with less than the least stake, if there is such a stake.
    Understaked,
    /// A node whose stake is under way.
    Expecting,
    /// Stake without a node.
    Unregistered,
    /// A node with enough stake, disabled before that came.
    Disabled,
    /// A node with enough stake, resigned before that came.
    Resigned,
}

const WHYS: [Why; 6] = [
    Why::Unstaked,
    Why::Understaked,
    Why::Expecting,
    Why::Unregistered,
    Why::Disabled,
    Why::Resigned,
];

/// M-09: accounts that are not in the roster change no answer, and no record of others. The first of
/// them comes before the first step, the others one by one until near the end, in any order.
pub(crate) fn with_bystanders(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut whys = WHYS;
    whys.shuffle(&mut ChaCha8Rng::seed_from_u64(tape.seed));
    let pause = tape.deliveries.len().div_ceil(whys.len());
    let (answers, registry) = tape.run(make);
    let mut other = tape.begin(make);
    let mut others = Vec::new();
    let mut came = Vec::new();
    for (index, delivery) in tape.deliveries.iter().enumerate() {
        if index % pause == 0 {
            let (why, account) = (whys[index / pause], bystander(index / pause));
            let joined = join(&mut other, account, why, delivery);
            joined.map_err(|what| format!("{why:?} before step {index}: {what}"))?;
            came.push(account);
        }
        others.push(other.deliver(delivery));
    }
    same_answers(tape, &answers, &others)?;
    let mut state = facts(&other);
    state.staked_tokens.retain(|account, _| !came.contains(account));
    state.zk_nodes.retain(|account, _| !came.contains(account));
    same("state", facts(&registry), state)?;
    let answered = tape.deliveries.iter().zip(&answers);
    let drawn = answered.filter(|(delivery, answer)| {
        came_to_nodes(answer) && Call::decode(&delivery.rpc).is_some_and(|call| is_drawn(&call))
    });
    Ok(drawn.count())
}

fn bystander(number: usize) -> Address {
    let number = u8::try_from(number).expect("there are six");
    Address { address_type: AddressType::Account, identifier: [0xb0 + number; 20] }
}

/// Brings a bystander to where it is to be, and sees to it that it is there.
fn join(
    registry: &mut EngineContract,
    account: Address,
    why: Why,
    moment: &Delivery,
) -> Result<(), String> {
    let before = facts(registry);
    let least = before.settings.min_node_stake.max(1);
    let stake = match why {
        Why::Unstaked | Why::Expecting => 0,
        Why::Understaked => least - 1,
        Why::Unregistered | Why::Disabled | Why::Resigned => least,
    };
    if why != Why::Unregistered {
        let rest_endpoint = RestEndpoint { rest_endpoint: "https://b.example".to_owned() };
        settled(registry, account, &Call::RegisterAsZkNode { rest_endpoint }, moment)?;
    }
    match why {
        Why::Disabled => {
            let voting = before.collaborators.voting;
            settled(registry, voting, &Call::DisableZkNode { address: account }, moment)?;
        }
        Why::Resigned => settled(registry, account, &Call::ResignAsZkNode {}, moment)?,
        Why::Expecting => {
            let call = Call::AssociateTokens { token_amount: least };
            let delivery = Delivery { sender: account, ..instead(moment, &call) };
            registry.deliver(&delivery).map_err(|failure| failure.to_string())?;
        }
        _ => {}
    }
    if stake > 0 {
        settled(registry, account, &Call::AssociateTokens { token_amount: stake }, moment)?;
    }
    let after = facts(registry);
    same("is a node", why != Why::Unregistered, after.zk_nodes.contains_key(&account))?;
    let free = after.staked_tokens.get(&account).map_or(0, |it| it.free_tokens);
    same("stake", stake, free)?;
    same("roster", before.roster, after.roster)
}

/// Sends a call, and the callbacks that it asks for, with success.
fn settled(
    registry: &mut EngineContract,
    sender: Address,
    call: &Call,
    moment: &Delivery,
) -> Result<(), String> {
    let delivery = Delivery { sender, ..instead(moment, call) };
    let groups = registry.deliver(&delivery).map_err(|failure| failure.to_string())?;
    for callback in groups.into_iter().filter_map(|it| it.callback) {
        // Only the question about the producer looks at what comes back.
        let return_data = Producer::made_up(&sender, "b", 208).record(&sender);
        let results = vec![CallResult { succeeded: true, return_data }];
        let told = Some(Results { success: true, results });
        let answer = Delivery { callback: told, rpc: callback.payload, ..delivery.clone() };
        registry.deliver(&answer).map_err(|failure| failure.to_string())?;
    }
    Ok(())
}
