//! What a scan comes to: the certificate, and each row once.

use std::collections::HashMap;

use povline_domain::{Certificate, Verdict, Window};
use povline_store::ledger::{Observed, ObservedRow, UnreadRow};

use super::chain::{ReadRow, ReadWindow};
use super::manner::Manner;
use super::unread;

/// What a scan proves and what it saw.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How the list was read, and what that proves. Of an unchanged list it names no anchors: they
    /// are those of the standing certificate.
    pub certificate: Certificate,
    /// What was seen. Of a complete scan, the rows of the chain that held; of an incomplete one,
    /// of every chain tried: they were all true when they were shown.
    pub observed: Observed,
    /// Rows that were there but cannot be taken at their word. If another window of the scan, asked
    /// for later, could be read, the row is not among them; if one asked for earlier could, it is,
    /// and stands in `observed` as that window showed it.
    pub unread: Vec<UnreadRow>,
    /// What was learned about the server.
    pub manner: Manner,
}

impl Outcome {
    /// Every window answered as it did last time.
    pub(super) fn unchanged(windows: Vec<Window>) -> Self {
        Self {
            certificate: Certificate {
                windows,
                anchors: Vec::new(),
                verdict: Verdict::Complete,
                restarts: 0,
            },
            observed: Observed::Unchanged,
            unread: Vec::new(),
            manner: Manner::default(),
        }
    }

    /// These windows were read.
    pub(super) fn read(
        manner: Manner,
        mut read: Vec<ReadWindow>,
        verdict: Verdict,
        restarts: u32,
    ) -> Self {
        let windows = read.iter().map(|read| read.window).collect();
        let last_shown = last_shown(&read);
        let unread = unread::gather(&mut read);
        let mut rows = Vec::with_capacity(last_shown.len());
        let mut anchors = Vec::with_capacity(read.len());
        let mut last_shown = last_shown.into_iter();
        for (window, read) in read.into_iter().enumerate() {
            if window > 0 {
                anchors.push(read.anchors);
            }
            for row in read.rows {
                if last_shown.next() == Some(true) {
                    rows.push(ObservedRow {
                        appointment: row.appointment,
                        unknown: row.unknown,
                        window: u16::try_from(window).unwrap_or(u16::MAX),
                    });
                }
            }
        }
        Self {
            certificate: Certificate {
                windows,
                anchors,
                verdict,
                restarts,
            },
            observed: Observed::Rows(rows),
            unread,
            manner,
        }
    }
}

/// For each row of the windows in turn, whether no later one shows it: the window requested last
/// shows it newest.
fn last_shown(read: &[ReadWindow]) -> Vec<bool> {
    let ids = || {
        let rows = read.iter().flat_map(|read| &read.rows);
        rows.map(ReadRow::id)
    };
    let places: HashMap<_, _> = ids().enumerate().map(|(place, id)| (id, place)).collect();
    let last = |(place, id)| places.get(id) == Some(&place);
    ids().enumerate().map(last).collect()
}
