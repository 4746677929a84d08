//! The polling planner: which list to read next under a hard budget of calls.
//!
//! Each poll buys back the staleness that has piled up on a list since its last poll; the next
//! call goes where it buys most. A list is due once the expected weighted delay that has gathered
//! on it reaches the price of the calls that reading it takes, which makes the polling frequency
//! proportional to the square root of weight times rate over cost. The price is what makes the
//! calls last for the day. Promises (no list older than so much) go before that.
//!
//! Pure: time and answers come in, a choice comes out. Rates come from whoever implements
//! [`Rates`]; [`Learned`] learns them from what polls show.

mod clock;
mod config;
mod due;
mod feasible;
mod forecast;
mod gamma;
mod learned;
mod list;
mod observe;
mod planner;
mod price;
mod promise;
mod queue;
mod rates;
mod snapshot;

pub use clock::{LocalSeconds, SLOT_SECONDS, SLOTS};
pub use config::{PlanConfig, Promise, Quota, Weights};
pub use feasible::{Arithmetic, CallsPerList, LongerPromises, Refusal, arithmetic, check};
pub use forecast::{Forecast, TierForecast};
pub use learned::{Learned, Parameters};
pub use list::ListId;
pub(crate) use planner::ENTERED_SECONDS;
pub use planner::{Choice, Planner, Reading, Why};
pub use rates::{Expected, ListView, Rates, Rekey, Sight};
pub use snapshot::SnapshotError;
