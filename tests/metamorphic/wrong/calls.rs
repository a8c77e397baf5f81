//! Engines that call the contract with something else than was sent, or not at all.

use pbc_host::load_state;
use pbc_lib::{Export, Trees};
use pbc_traits::ReadWriteState;
use zk_node_registry::{SemanticVersion, ZkNode, ZkNodeScoreStatus, ZkNodeTokens};
use zkreg::call::Call;
use zkreg::engine::Engine;

use super::{CONTEXT, Passing, SENDER, STAKED_TOKENS, TRANSACTION, ZK_NODES, refused, wrong};

/// Has the contract called with something else, if it is an action that can be read.
fn instead(change: fn(&mut Call)) -> Box<dyn Engine> {
    wrong(move |passing| {
        if let Some(mut call) = passing.call() {
            change(&mut call);
            passing.put(&call);
        }
        passing.invoke()
    })
}

/// Refuses some calls.
fn refusing(which: fn(&Passing<'_>) -> bool) -> Box<dyn Engine> {
    wrong(move |passing| if which(passing) { refused() } else { passing.invoke() })
}

/// Has nodes drawn by the last byte of some number besides.
fn drawing_by(number: fn(&Passing<'_>) -> usize) -> Box<dyn Engine> {
    wrong(move |passing| {
        let [.., last] = number(passing).to_be_bytes();
        passing.input[TRANSACTION] ^= last;
        passing.invoke()
    })
}

/// Against M-01.
pub(crate) fn favouring_low_addresses() -> Box<dyn Engine> {
    refusing(|it| it.export == Export::Action(0x0a) && it.input[SENDER + 1] >= 0x40)
}

/// Against M-02: refuses in the second half of every 2^20 ms.
pub(crate) fn knowing_the_date() -> Box<dyn Engine> {
    refusing(|it| it.export == Export::Action(0x0a) && it.now() & 0x8_0000 != 0)
}

/// Against M-03.
pub(crate) fn refusing_large_amounts() -> Box<dyn Engine> {
    refusing(
        |it| matches!(it.call(), Some(Call::AssociateTokens { token_amount }) if token_amount > 1_000),
    )
}

/// Against M-04: a transfer of an odd amount fails.
pub(crate) fn failing_odd_amounts() -> Box<dyn Engine> {
    wrong(|passing| {
        let is_odd = passing.input.last().is_some_and(|byte| byte % 2 == 1);
        if passing.export == Export::Callback(0x31) && is_odd {
            passing.input[CONTEXT] = 0;
        }
        passing.invoke()
    })
}

/// Against M-07, M-08 and M-12: the last status of 12 is a failure, whatever it says.
pub(crate) fn failing_the_last() -> Box<dyn Engine> {
    instead(|call| {
        if let Call::DoneV2 { engines_status } = call
            && let Some(last) = engines_status.last_mut()
        {
            last.status = ZkNodeScoreStatus::Failure {};
        }
    })
}

/// Against M-08: of the codes of a list only the first counts.
pub(crate) fn reading_first_codes_only() -> Box<dyn Engine> {
    instead(|call| {
        if let Call::RequestNodesV2 { jurisdictions, .. }
        | Call::RequestNodes { jurisdictions, .. }
        | Call::ReRequest { jurisdictions, .. } = call
        {
            jurisdictions.node_jurisdictions.iter_mut().for_each(|it| it.list.truncate(1));
        }
    })
}

/// Against M-09.
pub(crate) fn drawing_by_all_nodes() -> Box<dyn Engine> {
    drawing_by(|it| it.trees.len(ZK_NODES))
}

/// Against M-09.
pub(crate) fn drawing_by_all_stake() -> Box<dyn Engine> {
    drawing_by(|it| it.trees.len(STAKED_TOKENS))
}

/// Against M-09.
pub(crate) fn drawing_by_the_disabled() -> Box<dyn Engine> {
    drawing_by(|it| records(it.trees, ZK_NODES).filter(|it: &ZkNode| it.is_disabled).count())
}

/// Against M-09.
pub(crate) fn drawing_by_the_resigned() -> Box<dyn Engine> {
    drawing_by(|it| records(it.trees, ZK_NODES).filter(|it: &ZkNode| it.is_resigned).count())
}

fn records<T: ReadWriteState>(trees: &Trees, tree: i32) -> impl Iterator<Item = T> {
    trees.iter(tree).map(|(_, record)| load_state(record).expect("the registry wrote it"))
}

/// Against M-10: a version from 100 on counts as none.
pub(crate) fn ignoring_high_versions() -> Box<dyn Engine> {
    instead(|call| match call {
        Call::RequestNodesV2 {
            required_protocol_version: SemanticVersion { minor, .. }, ..
        } if *minor >= 100 => *minor = 0,
        Call::RequestNodes { required_ee_version, .. }
        | Call::ReRequest { required_ee_version, .. }
            if *required_ee_version >= 100 =>
        {
            *required_ee_version = 0;
        }
        _ => {}
    })
}

/// Against M-10: an odd total is taken for its last digit.
pub(crate) fn taking_odd_stakes_for_small() -> Box<dyn Engine> {
    instead(|call| {
        if let Call::RequestNodesV1 { total_stakes, .. }
        | Call::RequestNodesV2 { total_stakes, .. }
        | Call::RequestNodes { total_stakes, .. }
        | Call::ReRequest { total_stakes, .. } = call
            && *total_stakes % 2 == 1
        {
            *total_stakes %= 10;
        }
    })
}

/// Against M-10: a list of one code counts as none.
pub(crate) fn ignoring_single_codes() -> Box<dyn Engine> {
    instead(|call| {
        if let Call::RequestNodesV2 { jurisdictions, .. }
        | Call::RequestNodes { jurisdictions, .. }
        | Call::ReRequest { jurisdictions, .. } = call
        {
            let lists = jurisdictions.node_jurisdictions.iter_mut().map(|it| &mut it.list);
            lists.filter(|it| it.len() == 1).for_each(Vec::clear);
        }
    })
}

/// Against M-11: whoever sets a reserve loses it.
pub(crate) fn clearing_raised_reserves() -> Box<dyn Engine> {
    instead(|call| {
        if let Call::SetReservedTokens { new_reserved } = call {
            *new_reserved = 0;
        }
    })
}

/// Against M-11.
pub(crate) fn drawing_by_all_reserves() -> Box<dyn Engine> {
    drawing_by(|it| {
        let all = records(it.trees, STAKED_TOKENS);
        let reserves = all.map(|tokens: ZkNodeTokens| tokens.reserved_tokens);
        usize::try_from(reserves.fold(0, |all, it| all ^ it)).expect("none is negative")
    })
}

/// Against M-12: a re-request draws other nodes than a request.
pub(crate) fn drawing_again_otherwise() -> Box<dyn Engine> {
    drawing_by(|it| usize::from(it.export == Export::Action(0x1b)))
}

/// Against encoding and decoding: refuses the third call of its life.
pub(crate) fn remembering_calls() -> Box<dyn Engine> {
    refusing(|it| it.calls == 3)
}
