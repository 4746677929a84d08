//! Grading: what a client believes, held against the truth.
//!
//! A client hands in either its *rows* (its whole view, after each sweep) or its *events* (what it
//! tells others, as it tells it). The rules are these, and `docs/test-your-own-client.md` states
//! them for users:
//!
//! * A row is **missed** if it is not in the view though it stood on its list, unmoved, from the
//!   first call to the last of the client's last whole reading of that list. It is a **false
//!   cancel** if it was in an earlier view, or if an event says `cancelled` of a live appointment.
//! * A **wrong field** is a value that the appointment did not have at any time since the last page
//!   that showed it to the client.
//! * A **phantom** never existed, or stands in the view although it left and every list of its POV
//!   was read whole more than an hour later.
//! * A change is **detected** by the first view or event that shows it or a later one; how late
//!   that was counts from the change.
//!
//! What a client could not know is never held against it: faulted answers are no readings, and a
//! list that the client declares incomplete is counted apart.

mod calls;
mod events;
mod example;
mod finding;
mod grader;
mod html;
mod lateness;
mod passes;
mod picture;
mod report;
mod rows;
mod score;
mod story;
mod view;

pub use finding::{FindingKind, Findings};
pub use grader::{Grader, HandedIn};
pub use html::page as html_page;
pub use report::Report;
pub use score::{Score, ScoreLine};
pub use story::{Story, StoryLine};
pub use view::{Line, ViewError, ViewEvent, ViewRow, read_events, read_lines, read_rows};
