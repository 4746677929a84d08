//! The scan: how one POV-day's list is read, and what the reading proves.
//!
//! A list changes while its pages are read, and a row that slips from the second page to the first
//! between the two answers is on neither. Since a cancellation shows only as absence, such a row
//! would look cancelled. The **overlap chain** closes that gap:
//!
//! * A list of up to 199 rows is one answer, and one answer is atomic.
//! * Of a longer one, consecutive windows overlap by a few rows. Each answer is a contiguous run of
//!   the server's order at its instant. A row that was not in the first of two windows stands
//!   after every row of it; so it also stands after the rows that both windows show (the
//!   *anchors*), hence in the second window or after it. By induction every row that was there
//!   throughout *and did not move* is in some window, whatever was added or removed meanwhile.
//! * Only anchors that did not move prove anything. So the shared rows must be at least two, in the
//!   same order, and stand where an unmoved row would: at the end of the one window and the
//!   beginning of the other. A shared row anywhere else has moved, and the chain is begun anew with
//!   more overlap, a bounded number of times.
//!
//! What the contract leaves open, and how a scan reads it:
//! * A page number or page size that is *not* echoed is no contradiction; a different one is.
//! * A page shorter than was asked for ends the list. If `total` then claims more, one further
//!   window that starts before that end and passes it settles the matter: if it ends no later, the
//!   list ends there and `total` lags; if it shows more, the chain goes on with pages no larger
//!   than the largest seen, as some servers cap them. With fewer than five rows there is no such
//!   window, and the end stays in doubt. If the answer tells neither `total` nor `page_size`, the
//!   end is looked behind in the same way as long as the server's habits are not known
//!   ([`crate::habits`]).
//! * `total` only ever helps to choose the next window and raises that doubt. It proves nothing.
//!
//! A row that cannot be read, or names another list, is put aside with its reason. If its id can be
//! read it counts as present and anchors the seams like any other row, so that one bad row spoils no
//! list; if not, whose absence it may explain is unknown, and the scan proves none. Neither does a
//! list in which such rows are more than a few, or all there is: then something greater is wrong.
//!
//! A server that keeps no order joins no windows. Of such a one ([`Method::TwoPasses`]) a list is
//! read page by page until two passes show the same appointments, each once; the certificate then
//! says *agreed*, which is less than *complete*.
//!
//! A list that answers as it did last time is recognised by its digests, and no row is read.
//!
//! A scan does no I/O and knows no format: it says which page to ask for and which body to decode,
//! and takes instants and rows in return.
//!
//! ```
//! # use povline_domain::{Day, Digest, OutPovId, Page, UnixMillis};
//! use povline_sync::scan::{self, Answer, DecodedPage, ScanPolicy, Step};
//!
//! # let (pov, day) = (OutPovId::new("00001").unwrap(), Day::new(2021, 1, 18).unwrap());
//! let mut step = scan::begin(ScanPolicy::default(), pov, day, None);
//! let outcome = loop {
//!     step = match step {
//!         Step::Fetch(fetch) => {
//!             // Call for the page `fetch.request()`; if that fails for good, `fetch.failed()`.
//!             # let (digest, requested_at, answered_at, body) =
//!             #     (Digest(1), UnixMillis(0), UnixMillis(20), "a body");
//!             fetch.answered(Answer { digest, requested_at, answered_at, body })
//!         }
//!         Step::Decode(decode) => {
//!             // Decode `decode.body()`.
//!             # let page = Page { number: Some(1), size: Some(200), total: Some(0), rows: vec![] };
//!             decode.decoded(DecodedPage {
//!                 page,
//!                 unreadable: vec![],
//!                 unknown_fields: vec![],
//!                 unknown_of_rows: vec![],
//!             })
//!         }
//!         Step::Done(outcome) => break outcome,
//!     };
//! };
//! assert!(outcome.certificate.is_complete());
//! ```

mod chain;
mod machine;
mod manner;
mod outcome;
mod passes;
mod plan;
mod policy;
mod seam;
mod state;
mod unread;

pub use machine::{Answer, Decode, DecodedPage, Fetch, Step, UnreadableRow, begin};
pub use manner::Manner;
pub use outcome::Outcome;
pub use policy::{Method, ScanPolicy};
pub use unread::FOREIGN_ROW;
