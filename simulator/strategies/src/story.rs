//! What was sent, in the words of scenarios where there are some.

use pbc_contract_common::address::Address;
use zk_node_registry::Settings;
use zkreg::image::Image;
use zkreg::invariants::{Answer, Delivery};
use zkreg::names::Names;
use zkreg::quantity::Moment;
use zkreg::rpc;
use zkreg::step::Origin;

use crate::cast;
use crate::stage::Stage;

/// `n1 associate 75_000`, or `n1 sends 0aff to registry`. `origin` is what `0d` is, in milliseconds
/// since 1970.
pub(crate) fn words(sender: Address, rpc: &[u8], names: &Names, origin: i64) -> String {
    let who = name(&sender, names);
    let origin = Origin::from_millis(origin).unwrap_or(Origin::DEFAULT);
    match rpc::decode(rpc, names, origin).ok().and_then(|decoded| decoded.words) {
        Some(action) => format!("{who} {action}"),
        None if rpc.is_empty() => format!("{who} sends nothing to registry"),
        None => format!("{who} sends {} to registry", hex::encode(rpc)),
    }
}

/// A line for a delivery with its answer, such as `3d n1 disassociate 5 => insufficient_free`.
pub(crate) fn line(delivery: &Delivery, answer: &Answer, names: &Names, origin: i64) -> String {
    let at = match Moment::from_millis(delivery.now.saturating_sub(origin)) {
        Some(moment) => moment.to_string(),
        None => format!("0d - {} ms", origin.saturating_sub(delivery.now)),
    };
    let what = match &delivery.callback {
        None => words(delivery.sender, &delivery.rpc, names, origin),
        Some(results) => {
            let outcome = if results.success { "success" } else { "failure" };
            let data: Vec<String> =
                results.results.iter().map(|it| hex::encode(&it.return_data)).collect();
            let data = data.join(", ");
            let returned = if data.is_empty() { String::new() } else { format!(", {data}") };
            format!("callback {}: {outcome}{returned}", callback(&delivery.rpc, names))
        }
    };
    match answer {
        Ok(_) => format!("{at} {what}"),
        Err(failure) => format!("{at} {what} => {}", failure.code().unwrap_or("it broke down")),
    }
}

/// Name and arguments of a callback, such as `on_associated of n1, amount 5`.
fn callback(payload: &[u8], names: &Names) -> String {
    use zkreg::call::Call;
    let Some(call) = Call::decode(payload) else { return hex::encode(payload) };
    let (of, more) = match &call {
        Call::OnProducerInfo { account, rest_endpoint } => (account, format!(", {rest_endpoint}")),
        Call::OnAssociated { account, amount } => (account, format!(", {amount} units")),
        Call::OnDisassociated { account, amount, cut } => {
            (account, format!(", {amount} units, cut {cut}"))
        }
        Call::OnContractStatus { zk_contract } | Call::OnDeadlineExtended { zk_contract } => {
            (zk_contract, String::new())
        }
        _ => return hex::encode(payload),
    };
    format!("{} of {}{more}", call.name(), name(of, names))
}

fn name(address: &Address, names: &Names) -> String {
    names.name(address).map_or_else(|| format!("{address:x}"), ToString::to_string)
}

/// The records of a state, a line each.
pub(crate) fn state(image: &Image, now: i64) -> Vec<String> {
    let stage = Stage::of_image(image, now);
    let names = cast::names(&image.collaborators, image.settings.stake_token);
    records(&stage, &names)
}

/// The settings and the records that are there at the start, a line each, in units.
pub(crate) fn records(stage: &Stage<'_>, names: &Names) -> Vec<String> {
    let since = |time: i64| format!("{} ms", i128::from(time) - i128::from(stage.now));
    let Settings { require_block_producer, min_node_stake, min_total_stakes, .. } = stage.settings;
    let mut lines = Vec::new();
    if *require_block_producer || *min_node_stake != 0 || *min_total_stakes != 0 {
        let required = if *require_block_producer { "required" } else { "not required" };
        lines.push(format!(
            "given settings: block producers {required}, node stake {min_node_stake} units, \
             total stakes {min_total_stakes} units"
        ));
    }
    for (account, node) in stage.zk_nodes {
        let standing = match (node.is_resigned, node.is_disabled) {
            (true, _) => "resigned",
            (false, true) => "disabled",
            (false, false) => "active",
        };
        let version = node.supported_protocol_version.as_ref();
        let version = version
            .map_or("unknown".to_owned(), |it| format!("{}.{}.{}", it.major, it.minor, it.patch));
        let (ee, place) = (node.supported_ee_version, node.server_jurisdiction.value);
        let who = name(account, names);
        lines.push(format!(
            "given node {who}: {standing}, version {version}, ee-version {ee}, jurisdiction {place}"
        ));
    }
    for (account, tokens) in stage.staked_tokens {
        let mut line = format!("given {}: {} units free", name(account, names), tokens.free_tokens);
        for (contract, share) in tokens.allocated_tokens.iter() {
            line += &format!(", {share} for {}", name(contract, names));
        }
        for pending in tokens.pending_unlock.iter().take(6) {
            line += &format!(", {} released at {}", pending.amount, since(pending.unlock_time));
        }
        if tokens.pending_unlock.len() > 6 {
            line += &format!(" and {} releases more", tokens.pending_unlock.len() - 6);
        }
        let amounts = [
            ("reserved", tokens.reserved_tokens),
            ("incoming", tokens.incoming_tokens),
            ("outgoing", tokens.outgoing_tokens),
        ];
        for (what, amount) in amounts.into_iter().filter(|(_, amount)| *amount != 0) {
            line += &format!(", {amount} {what}");
        }
        if let Some(expiration) = tokens.expiration_timestamp {
            line += &format!(", expires at {}", since(expiration));
        }
        lines.push(line);
    }
    lines
}
