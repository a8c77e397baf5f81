//! The verdict of section 6.1, row by row.

/// How one engine did; one byte on the wire, failure 00 and success 01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `00`
    Failure,
    /// `01`
    Success,
}

/// How a ZK contract came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The calculation status became Done.
    Done,
    /// The calculation status became Malicious.
    Malicious,
    /// The contract was deleted.
    Deleted,
    /// `now >= deadline`.
    DeadlineReached {
        /// Whether a computation was running then.
        computation_ongoing: bool,
    },
}

/// What one node still owed at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwedWork {
    /// Pending on-chain inputs that it neither opened nor rejected.
    pub on_chain_inputs: u32,
    /// Pending on-chain opens without its share.
    pub on_chain_opens: u32,
    /// Attestations without its signature.
    pub attestations: u32,
    /// Finished computations to which it neither committed nor reported that it cannot.
    pub finished_computations: u32,
}

/// The verdict on a node that owed `owed` when its contract ended like this.
pub fn verdict(ending: Ending, owed: OwedWork) -> Status {
    match ending {
        Ending::Done => Status::Success,
        Ending::Malicious => Status::Failure,
        Ending::Deleted => Status::Success,
        Ending::DeadlineReached { computation_ongoing: true } => Status::Failure,
        Ending::DeadlineReached { computation_ongoing: false } => {
            let owes_something = owed.on_chain_inputs > 0
                || owed.on_chain_opens > 0
                || owed.attestations > 0
                || owed.finished_computations > 0;
            if owes_something { Status::Failure } else { Status::Success }
        }
    }
}
