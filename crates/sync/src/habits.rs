//! A server's habits, learned and not assumed.
//!
//! The contract leaves open in which order a list comes, whether a server gives as large pages as
//! it is asked for, and what an empty day looks like. Each scan tells a little
//! ([`Manner`]), and the sum of it says how the next list is best read:
//!
//! * If one list of several pages after another will not join, although it is read anew with more
//!   overlap, the server keeps no order, and no chain of overlapping windows can prove anything.
//!   Then two passes over the list that show the same appointments count instead, and the
//!   certificate says so. Now and then the chain is tried again.
//! * A server that gives smaller pages is asked for those at once.
//! * A short page is the end of a list. Of a server that tells neither the length of a list nor the
//!   size of a page this is believed only after some ends were looked behind.
//! * Where every list tells its length, an empty answer that tells none is not an empty day, unless
//!   this server's empty days look like that.

use std::collections::BTreeSet;

use povline_domain::{IncompleteReason, PageSize, Verdict};

use crate::scan::{Manner, Method, Outcome, ScanPolicy};

/// So many scans in a row must find the same largest page: a list that grew looks like one.
const PAGE_MOST_FOUND_MIN: u32 = 3;
/// So many lists in a row that will not join say that the server keeps no order. Fewer may be lists
/// that changed faster than they could be read.
const UNJOINED_MAX: u32 = 20;
/// After so many lists read in two passes the chain is tried again.
const PASSES_BEFORE_CHAIN: u32 = 50;
/// After so many scans a server that gave smaller pages is asked for the largest again.
const SCANS_BEFORE_LARGEST: u32 = 1_000;
/// After so many ends that were ends, short pages are believed.
const SHORT_ENDS_MIN: u32 = 5;
/// So many pages with rows that all tell the length make it a habit.
const TOTALS_MIN: u32 = 20;
/// So many empty answers that tell nothing make that this server's way to say so.
const EMPTY_BARE_MIN: u32 = 10;
/// How many unknown members are remembered.
const UNKNOWN_FIELDS_MAX: usize = 32;

/// In which order a server gives lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// No list of several pages has been read yet.
    Unknown,
    /// In one that windows can be joined by.
    Stable,
    /// In none.
    Unstable,
}

/// What is known of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    /// Lists in a row that would not join.
    unjoined: u32,
    /// Lists of several pages that did.
    joined: u32,
    /// Lists read in two passes since the chain was last tried.
    passes: u32,
    page_most: Option<PageSize>,
    scans_at_page_most: u32,
    /// A smaller largest page that was found of late, and by how many scans in a row.
    page_most_found: Option<PageSize>,
    page_most_found_by: u32,
    short_ends: u32,
    /// Pages with rows that told a total, since the last one that told none.
    totals: u32,
    empty_bare: u32,
    /// Members of rows that the contract does not know.
    unknown_fields: BTreeSet<String>,
}

impl Habits {
    /// In which order lists come.
    #[must_use]
    pub fn row_order(&self) -> RowOrder {
        match (self.unjoined, self.joined) {
            (UNJOINED_MAX.., _) => RowOrder::Unstable,
            (_, 0) => RowOrder::Unknown,
            _ => RowOrder::Stable,
        }
    }

    /// The largest page that the server gives, if that is less than the contract allows.
    #[must_use]
    pub fn page_most(&self) -> Option<PageSize> {
        self.page_most
    }

    /// Whether a short page of a server that tells nothing else is believed to end its list.
    #[must_use]
    pub fn short_pages_end_lists(&self) -> bool {
        self.short_ends >= SHORT_ENDS_MIN
    }

    /// Whether an empty answer without a length is believed.
    #[must_use]
    pub fn bare_answers_are_empty_days(&self) -> bool {
        self.totals < TOTALS_MIN || self.empty_bare >= EMPTY_BARE_MIN
    }

    /// Members of rows that the contract does not know.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown_fields.iter().map(String::as_str)
    }

    /// How the next list is read.
    #[must_use]
    pub fn policy(&self, base: ScanPolicy) -> ScanPolicy {
        let in_passes = self.row_order() == RowOrder::Unstable && self.passes < PASSES_BEFORE_CHAIN;
        ScanPolicy {
            method: if in_passes {
                Method::TwoPasses
            } else {
                base.method
            },
            page_most: self.page_most.unwrap_or(base.page_most),
            looks_behind_ends: !self.short_pages_end_lists(),
            bare_is_empty: self.bare_answers_are_empty_days(),
            ..base
        }
    }

    /// Learns from a scan. True if anything worth keeping has changed.
    pub fn learn(&mut self, outcome: &Outcome) -> bool {
        let before = self.clone();
        self.learn_order(outcome);
        self.learn_manner(&outcome.manner);
        *self != before
    }

    fn learn_order(&mut self, outcome: &Outcome) {
        let certificate = &outcome.certificate;
        match &certificate.verdict {
            Verdict::Complete if certificate.windows.len() > 1 => {
                self.unjoined = 0;
                self.passes = 0;
                self.joined = self.joined.saturating_add(1).min(1_000);
            }
            Verdict::Agreed => self.passes = self.passes.saturating_add(1),
            Verdict::Incomplete(IncompleteReason::PassesDiffer) => {
                self.passes = self.passes.saturating_add(1);
            }
            Verdict::Incomplete(
                IncompleteReason::RepeatedId(_)
                | IncompleteReason::NoAnchor
                | IncompleteReason::OrderChanged
                | IncompleteReason::Moved(_),
            ) => {
                self.unjoined = self.unjoined.saturating_add(1).min(UNJOINED_MAX);
                self.passes = 0;
            }
            Verdict::Complete | Verdict::Incomplete(_) => {}
        }
    }

    fn learn_manner(&mut self, manner: &Manner) {
        if manner.short_pages > 0 {
            self.short_ends = 0;
        } else {
            let ends = self.short_ends.saturating_add(manner.short_ends);
            self.short_ends = ends.min(SHORT_ENDS_MIN);
        }
        if manner.page_most.is_some() {
            self.learn_page_most(manner.page_most);
        } else if self.page_most.is_some() {
            self.scans_at_page_most += 1;
            if self.scans_at_page_most >= SCANS_BEFORE_LARGEST {
                self.page_most = None;
                self.scans_at_page_most = 0;
            }
        }
        if manner.pages_without_total > 0 {
            self.totals = 0;
        } else {
            let totals = self.totals.saturating_add(manner.pages_with_total);
            self.totals = totals.min(TOTALS_MIN);
        }
        // An empty day that tells its length shows how this server says so.
        if manner.empty_with_total > 0 {
            self.empty_bare = 0;
        } else {
            let bare = self.empty_bare.saturating_add(manner.empty_without_total);
            self.empty_bare = bare.min(EMPTY_BARE_MIN);
        }
        for field in &manner.unknown_fields {
            if self.unknown_fields.len() < UNKNOWN_FIELDS_MAX {
                self.unknown_fields.insert(field.clone());
            }
        }
    }

    fn learn_page_most(&mut self, found: Option<PageSize>) {
        if found != self.page_most_found {
            self.page_most_found = found;
            self.page_most_found_by = 0;
        }
        self.page_most_found_by += 1;
        if self.page_most_found_by >= PAGE_MOST_FOUND_MIN {
            self.page_most = found;
            self.scans_at_page_most = 0;
            (self.page_most_found, self.page_most_found_by) = (None, 0);
        }
    }

    /// The habits as words and numbers, to be kept.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, i64)> {
        let number = |name: &str, value: u32| (name.to_owned(), i64::from(value));
        let mut entries = vec![
            number("unjoined", self.unjoined),
            number("joined", self.joined),
            number("passes", self.passes),
            number("page-most", self.page_most.map_or(0, PageSize::get)),
            number("scans-at-page-most", self.scans_at_page_most),
            number(
                "page-most-found",
                self.page_most_found.map_or(0, PageSize::get),
            ),
            number("page-most-found-by", self.page_most_found_by),
            number("short-ends", self.short_ends),
            number("totals", self.totals),
            number("empty-bare", self.empty_bare),
        ];
        let fields = self.unknown_fields.iter();
        entries.extend(fields.map(|field| (format!("{UNKNOWN_FIELD}{field}"), 1)));
        entries
    }

    /// The habits that were kept so. What is not known is left out.
    #[must_use]
    pub fn from_entries(entries: &[(String, i64)]) -> Self {
        let mut habits = Self::default();
        for (name, value) in entries {
            let value = u32::try_from(*value).unwrap_or_default();
            match name.as_str() {
                "unjoined" => habits.unjoined = value,
                "joined" => habits.joined = value,
                "passes" => habits.passes = value,
                "page-most" => habits.page_most = PageSize::new(value),
                "scans-at-page-most" => habits.scans_at_page_most = value,
                "page-most-found" => habits.page_most_found = PageSize::new(value),
                "page-most-found-by" => habits.page_most_found_by = value,
                "short-ends" => habits.short_ends = value,
                "totals" => habits.totals = value,
                "empty-bare" => habits.empty_bare = value,
                name => {
                    if let Some(field) = name.strip_prefix(UNKNOWN_FIELD) {
                        habits.unknown_fields.insert(field.to_owned());
                    }
                }
            }
        }
        habits
    }
}

const UNKNOWN_FIELD: &str = "unknown-field:";
