//! The trees of a registry: their ids and names, in the order in which `create` makes them.
//!
//! Source: `registry.md` 3.1.

/// The tokens of each account.
pub const STAKED_TOKENS: i32 = 0;
/// The node of each account.
pub const ZK_NODES: i32 = 1;
/// The work of each served contract.
pub const COMPUTATIONS: i32 = 2;
/// The nodes that may be drawn, by position.
pub const ROSTER: i32 = 3;
/// The position of each of them.
pub const ROSTER_POSITION: i32 = 4;

/// The names of the trees, by id.
pub const TREES: [&str; 5] =
    ["staked_tokens", "zk_nodes", "computations", "roster", "roster_position"];
