//! What the owner may choose about scans, and what is known of the server.

use povline_domain::PageSize;

/// How carefully, and for how long, one list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanPolicy {
    /// How many rows consecutive windows are made to share at least, before anything changes
    /// between them; 2 to 99.
    pub overlap_rows: u32,
    /// By how many places rows may have been pushed away from where a window's place in the list
    /// says they stand, before that is taken for a move.
    pub drift_rows_max: u32,
    /// How often a chain that did not hold is begun anew, with more overlap each time.
    pub restarts_max: u32,
    /// How many windows one chain may take.
    pub windows_max: usize,
    /// How many rows that cannot be taken at their word a list may have and still prove an absence.
    pub unread_rows_max: usize,
    /// How lists of several pages are read.
    pub method: Method,
    /// The largest page to ask for.
    pub page_most: PageSize,
    /// Whether a short page of a server that tells neither the list's length nor the page's size
    /// is looked behind before it is taken for the end.
    pub looks_behind_ends: bool,
    /// Whether an empty answer that does not tell the list's length is an empty list.
    pub bare_is_empty: bool,
}

/// How a list of several pages is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By windows that overlap: what they show is proved complete.
    Chain,
    /// Page by page, again and again until two passes show the same appointments: for servers
    /// that keep no order.
    TwoPasses,
}

/// The overlap of the first chain and of each one after it.
const OVERLAP_ROWS: [u32; 4] = [4, 16, 48, OVERLAP_ROWS_MAX];

/// With more, a window of 200 rows could not advance.
const OVERLAP_ROWS_MAX: u32 = 99;

/// Below it, an overlap holds too few rows to be sure of two.
const OVERLAP_ROWS_MIN: u32 = 2;

impl ScanPolicy {
    /// The overlap to ask for after it was found too small this many times.
    pub(super) fn overlap_rows_after(&self, widened: u32) -> u32 {
        let step = usize::try_from(widened).unwrap_or(usize::MAX);
        let overlap_rows = OVERLAP_ROWS.get(step).copied();
        overlap_rows
            .unwrap_or(OVERLAP_ROWS_MAX)
            .max(self.overlap_rows)
            .clamp(OVERLAP_ROWS_MIN, OVERLAP_ROWS_MAX)
    }
}

impl Default for ScanPolicy {
    fn default() -> Self {
        Self {
            overlap_rows: OVERLAP_ROWS[0],
            drift_rows_max: 30,
            restarts_max: 3,
            windows_max: 200,
            unread_rows_max: 20,
            method: Method::Chain,
            page_most: PageSize::MAX,
            looks_behind_ends: true,
            bare_is_empty: true,
        }
    }
}
