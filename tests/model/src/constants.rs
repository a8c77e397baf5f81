//! The constants of section 2. Amounts are units, times are milliseconds.

/// Units in one MPC.
pub const UNITS_PER_MPC: i64 = 10_000;
/// From a release to the moment at which the tokens are free again: 14 days.
pub const PENDING_PERIOD_MS: i64 = 1_209_600_000;
/// From a request to the end date that is assumed for it: 28 days.
pub const COMPUTATION_PERIOD_MS: i64 = 2_419_200_000;
/// The shortest extension that can be bought: 1 day.
pub const EXTENSION_MIN_MS: i64 = 86_400_000;
/// The longest extension that can be bought: 182 days.
pub const EXTENSION_MAX_MS: i64 = 15_724_800_000;
/// Milliseconds for one gas, times the total stakes in units (9.3).
pub const EXTENSION_MS_PER_GAS_NUMERATOR: i64 = 60_480_000_000;
/// The minimum stake of a node in deployments: 75,000 MPC.
pub const DEFAULT_MIN_NODE_STAKE: i64 = 750_000_000;
/// The minimum total stakes of a request in deployments: 2,000 MPC.
pub const DEFAULT_MIN_TOTAL_STAKES: i64 = 20_000_000;
/// The most nodes of one computation.
pub const MAX_NODES: usize = 16;
/// The most entries of a list in a call.
pub const MAX_LIST: usize = 64;
/// The most entries of an inner jurisdiction list.
pub const MAX_JURISDICTIONS: usize = 256;
/// The most bytes of an endpoint.
pub const MAX_ENDPOINT_BYTES: usize = 512;
/// With this many allocations and pending entries a node is taken for no further work.
pub const MAX_RECORD_ENTRIES: usize = 1_000;
/// Draws for each place of a request before the complete scan.
pub const DRAWS_PER_NODE: usize = 16;
/// Gas for `transfer` at the stake token.
pub const GAS_TRANSFER: u64 = 15_500;
/// Gas for `transfer_from` at the stake token.
pub const GAS_TRANSFER_FROM: u64 = 15_500;
/// Gas for `getProducerInfo` at the block producer orchestration.
pub const GAS_PRODUCER_INFO: u64 = 20_000;
/// Gas for each callback.
pub const GAS_CALLBACK: u64 = 10_000;
