//! Thresholds on the command line, for whoever lets cron watch.

use std::time::Duration;

use clap::Args;
use zkreg::alerts::Thresholds;

use super::values::duration;

/// What is worth an alert, and exit status 1.
#[derive(Debug, Args)]
#[command(next_help_heading = "Alerts")]
pub(crate) struct ThresholdArguments {
    #[command(flatten)]
    horizon: HorizonArguments,
    /// Transfers of tokens are under way
    #[arg(long)]
    in_flight: bool,
}

/// How near a date must be, or how far past, to be worth telling.
#[derive(Debug, Args)]
#[command(next_help_heading = "Thresholds")]
pub(crate) struct HorizonArguments {
    /// Tokens unlock within this time, such as 3d or 12h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    unlocks_within: Option<Duration>,
    /// Work should end within this time, or should have ended
    #[arg(long, value_name = "TIME", value_parser = duration)]
    ends_within: Option<Duration>,
    /// Stake expires within this time, or has expired
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_within: Option<Duration>,
    /// Work should have ended and was not reported; with `=TIME`, for that long
    #[arg(
        long,
        value_name = "TIME",
        value_parser = duration,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0s"
    )]
    overdue: Option<Duration>,
}

impl ThresholdArguments {
    /// The thresholds that were given.
    pub(crate) fn thresholds(&self) -> Thresholds {
        Thresholds { in_flight: self.in_flight, ..self.horizon.thresholds() }
    }
}

impl HorizonArguments {
    /// The thresholds that were given.
    pub(crate) fn thresholds(&self) -> Thresholds {
        Thresholds {
            unlocks_within: self.unlocks_within,
            ends_within: self.ends_within,
            expires_within: self.expires_within,
            overdue: self.overdue,
            in_flight: false,
        }
    }
}
