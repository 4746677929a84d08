//! One chain of windows, from page 1 to the end of the list.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use povline_domain::{
    Appointment, AppointmentId, Day, IncompleteReason, OutPovId, Page, PageNumber, PageRequest,
    PageSize, UnknownFields, Window,
};

use super::machine::{DecodedPage, UnreadableRow};
use super::manner::Manner;
use super::plan::{self, Progress};
use super::policy::{Method, ScanPolicy};
use super::seam::{Seam, Shared};
use super::unread::{self, Placed};

/// The list that a scan reads.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) pov: OutPovId,
    pub(super) day: Day,
}

/// A row that could be read, with what it says beside what the contract knows.
#[derive(Debug)]
pub(super) struct ReadRow {
    pub(super) appointment: Appointment,
    pub(super) unknown: Option<UnknownFields>,
}

impl ReadRow {
    pub(super) fn id(&self) -> &AppointmentId {
        &self.appointment.appointment_id
    }
}

/// A window that was read, with those of its rows that are of the list.
#[derive(Debug)]
pub(super) struct ReadWindow {
    pub(super) window: Window,
    pub(super) rows: Vec<ReadRow>,
    /// The others.
    pub(super) unread: Vec<UnreadableRow>,
    /// The ids that it shares with the window before it.
    pub(super) anchors: Vec<AppointmentId>,
}

/// With fewer rows than these before it, no window can look behind an end.
const LOOKED_BEHIND_MIN: u64 = 5;

/// What comes after a window.
#[derive(Debug)]
pub(super) enum Next {
    Ask(PageRequest),
    /// The list was read to its end, and the chain holds.
    Whole,
    /// The chain proves nothing.
    Broken(IncompleteReason),
}

#[derive(Debug)]
pub(super) struct Chain {
    overlap_rows: u32,
    size_max: PageSize,
    read: Vec<ReadWindow>,
    /// Where each row was seen last: window and index.
    places: HashMap<AppointmentId, (usize, usize)>,
    good_rows: usize,
    unread_rows: usize,
    /// The most rows that one window had.
    rows_most: u32,
    /// The smaller page that the server gave when it was asked for a larger one.
    size_told: Option<PageSize>,
    /// Where a short page ended the list although `total` claims more.
    doubted_end: Option<u64>,
    /// Whether one pass over a list without order showed a row twice.
    repeats: bool,
    manner: Manner,
    /// Why the chain will prove nothing, although its rows are worth reading on.
    flaw: Option<IncompleteReason>,
}

impl Chain {
    pub(super) fn new(overlap_rows: u32, size_max: PageSize) -> Self {
        Self {
            overlap_rows,
            size_max,
            read: Vec::new(),
            places: HashMap::new(),
            good_rows: 0,
            unread_rows: 0,
            rows_most: 0,
            size_told: None,
            doubted_end: None,
            repeats: false,
            manner: Manner::default(),
            flaw: None,
        }
    }

    /// The first window: page 1, as large as can be.
    pub(super) fn first(&self) -> PageRequest {
        PageRequest {
            size: self.size_max,
            ..PageRequest::FIRST
        }
    }

    /// The largest page that the next chain should ask for.
    pub(super) fn size_max(&self) -> PageSize {
        self.size_told.unwrap_or(self.size_max)
    }

    /// Whether the server told that its pages are smaller than those asked for.
    pub(super) fn was_told_a_smaller_size(&self) -> bool {
        self.size_told.is_some()
    }

    /// Whether one answer was the whole list.
    pub(super) fn is_one_page(&self) -> bool {
        self.read.len() == 1
    }

    /// Which appointments a pass showed, or `None` if one of them twice: then another may have
    /// been missed.
    pub(super) fn ids(&self) -> Option<HashSet<AppointmentId>> {
        (!self.repeats).then(|| self.places.keys().cloned().collect())
    }

    /// What was learned about the server, and what was read.
    pub(super) fn into_parts(self) -> (Manner, Vec<ReadWindow>) {
        (self.manner, self.read)
    }

    /// A short page was not the end: the server gives smaller pages than it is asked for.
    fn note_short_page(&mut self, tells_nothing: bool) {
        self.manner.page_most = PageSize::new(self.rows_most);
        self.manner.short_pages += u32::from(tells_nothing);
    }

    /// Takes a window and the page that it turned out to be.
    pub(super) fn take(
        &mut self,
        policy: &ScanPolicy,
        list: &List,
        window: Window,
        DecodedPage {
            mut page,
            unreadable,
            unknown_fields,
            unknown_of_rows,
        }: DecodedPage,
    ) -> Next {
        let good = std::mem::take(&mut page.rows);
        let rows = unread::in_order(list, good, unknown_of_rows, unreadable);
        let window = Window {
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            total: page.total,
            ..window
        };
        for field in unknown_fields {
            self.manner.note_field(field);
        }
        self.note_total(&window);
        let tells_nothing = page.total.is_none() && page.size.is_none();
        let obeyed = self.check_obeyed(&window, &page);
        let shared = self.keep(policy, window, rows);
        let sound = obeyed.and(shared).and_then(|shared| {
            // Of a flawed chain, rows are all that can be had.
            match (self.flaw.is_some(), policy.method) {
                (true, _) => Ok(()),
                (false, Method::Chain) => self.check_seam(policy, shared),
                (false, Method::TwoPasses) => {
                    self.repeats |= !shared.is_empty();
                    Ok(())
                }
            }
        });
        match (sound, policy.method) {
            (Err(reason), _) => Next::Broken(reason),
            (Ok(()), Method::TwoPasses) if self.read.len() > 1 || is_full(&window) => {
                self.next_of_pass(policy, window)
            }
            (Ok(()), _) => self.next(policy, window, tells_nothing),
        }
    }

    /// Takes note of whether pages tell the list's length.
    fn note_total(&mut self, window: &Window) {
        let is_first = window.request.start() == 0;
        let count = match (window.rows > 0, window.total.is_some()) {
            (true, true) => &mut self.manner.pages_with_total,
            (true, false) => &mut self.manner.pages_without_total,
            (false, true) if is_first => &mut self.manner.empty_with_total,
            (false, false) if is_first => &mut self.manner.empty_without_total,
            (false, _) => return,
        };
        *count += 1;
    }

    /// Whether the answer is to what was asked. Numbers that are not echoed contradict nothing.
    fn check_obeyed(&mut self, window: &Window, page: &Page) -> Result<(), IncompleteReason> {
        let asked_number = u64::from(window.request.number.get());
        let asked_size = u64::from(window.request.size.get());
        if page.number.is_some_and(|number| number != asked_number) {
            return Err(IncompleteReason::OtherPage);
        }
        if let Some(size) = page.size.filter(|size| *size != asked_size) {
            let told = u32::try_from(size).ok().and_then(PageSize::new);
            self.size_told = told.filter(|told| *told < window.request.size);
            self.manner.page_most = self.size_told.or(self.manner.page_most);
            return Err(IncompleteReason::OtherPage);
        }
        if window.rows > window.request.size.get() {
            return Err(IncompleteReason::TooManyRows);
        }
        Ok(())
    }

    /// Keeps a window's rows, and finds those that earlier windows show too.
    fn keep(
        &mut self,
        policy: &ScanPolicy,
        window: Window,
        rows: Vec<Placed>,
    ) -> Result<Vec<(usize, Shared)>, IncompleteReason> {
        let this = self.read.len();
        let mut kept = Vec::with_capacity(rows.len());
        let mut unread = Vec::new();
        let mut shared = Vec::new();
        let mut repeated = None;
        for (later, row) in rows.into_iter().enumerate() {
            let id = match &row {
                Placed::Good(row) => Some(row.id().clone()),
                Placed::Bad(row) => row.appointment_id.clone(),
            };
            match id.map(|id| self.places.entry(id)) {
                None => {
                    self.flaw.get_or_insert(IncompleteReason::UnreadableRow);
                }
                Some(Entry::Vacant(place)) => {
                    place.insert((this, later));
                }
                Some(Entry::Occupied(mut place)) => {
                    let (window, earlier) = place.insert((this, later));
                    let id = place.key().clone();
                    if window == this {
                        repeated.get_or_insert(id);
                    } else {
                        shared.push((window, Shared { id, earlier, later }));
                    }
                }
            }
            match row {
                Placed::Good(row) => kept.push(row),
                Placed::Bad(row) => unread.push(row),
            }
        }
        self.good_rows += kept.len();
        self.unread_rows += unread.len();
        if self.unread_rows > policy.unread_rows_max {
            self.flaw.get_or_insert(IncompleteReason::UnreadableRow);
        }
        let consecutive = shared.iter().filter(|(window, _)| window + 1 == this);
        self.read.push(ReadWindow {
            window,
            rows: kept,
            unread,
            anchors: consecutive.map(|(_, row)| row.id.clone()).collect(),
        });
        self.rows_most = self.rows_most.max(window.rows);
        match repeated {
            Some(id) => Err(IncompleteReason::RepeatedId(id)),
            None => Ok(shared),
        }
    }

    /// Whether the window just kept carries the proof on from the one before it.
    fn check_seam(
        &self,
        policy: &ScanPolicy,
        shared: Vec<(usize, Shared)>,
    ) -> Result<(), IncompleteReason> {
        let Some((this, earlier)) = self.read.split_last() else {
            return Ok(());
        };
        let seam_with = |earlier: &ReadWindow| Seam {
            earlier_rows: earlier.window.rows as usize,
            expected_rows: end_of(&earlier.window) as i64 - this.window.request.start() as i64,
            drift_rows_max: policy.drift_rows_max,
        };
        for (window, row) in &shared {
            seam_with(&earlier[*window]).check_place(row)?;
        }
        let Some(before) = earlier.last() else {
            return Ok(());
        };
        let anchors: Vec<_> = shared
            .into_iter()
            .filter(|(window, _)| window + 1 == earlier.len())
            .map(|(_, row)| row)
            .collect();
        seam_with(before).check_anchors(&anchors)
    }

    /// The next page of a pass over a list without order.
    fn next_of_pass(&mut self, policy: &ScanPolicy, window: Window) -> Next {
        if !is_full(&window) {
            if window.total.is_some_and(|total| total > end_of(&window)) {
                return Next::Broken(IncompleteReason::EndInDoubt);
            }
            return self.flaw.take().map_or(Next::Whole, Next::Broken);
        }
        if self.read.len() >= policy.windows_max {
            return Next::Broken(IncompleteReason::TooLong);
        }
        let number = window.request.number.get().checked_add(1);
        match number.and_then(PageNumber::new) {
            Some(number) => Next::Ask(PageRequest {
                number,
                ..window.request
            }),
            None => Next::Broken(IncompleteReason::NoProgress),
        }
    }

    fn next(&mut self, policy: &ScanPolicy, window: Window, tells_nothing: bool) -> Next {
        let end = end_of(&window);
        if !is_full(&window) {
            if end == 0 && window.total.is_none() && !policy.bare_is_empty {
                return Next::Broken(IncompleteReason::EndInDoubt);
            }
            // Where fewer rows were read, no window can look behind them.
            let looks_behind = policy.looks_behind_ends
                && tells_nothing
                && end >= LOOKED_BEHIND_MIN
                && self.read.len() == 1;
            let claims_more = looks_behind || window.total.is_some_and(|total| total > end);
            let ends_as_before = self.doubted_end.is_some_and(|doubted| end <= doubted);
            if !claims_more || ends_as_before {
                self.manner.short_ends += u32::from(ends_as_before && tells_nothing);
                // A list of which nothing can be read says nothing of the rows it had before.
                if self.unread_rows > 0 && self.good_rows == 0 {
                    self.flaw.get_or_insert(IncompleteReason::UnreadableRow);
                }
                return self.flaw.take().map_or(Next::Whole, Next::Broken);
            }
            if self.doubted_end.is_some() {
                self.note_short_page(tells_nothing);
            }
            self.doubted_end = Some(end);
            let known = PageSize::new(self.rows_most);
            self.size_max = known.unwrap_or(self.size_max).min(self.size_max);
        } else if self.doubted_end.take().is_some() {
            self.note_short_page(tells_nothing);
        }
        if self.read.len() >= policy.windows_max {
            return Next::Broken(IncompleteReason::TooLong);
        }
        let next = plan::next_window(Progress {
            end,
            overlap_rows: self.overlap_rows,
            size_max: self.size_max,
            total: window.total,
        });
        match (next, self.doubted_end) {
            (Some(request), _) => Next::Ask(request),
            (None, Some(_)) => Next::Broken(IncompleteReason::EndInDoubt),
            (None, None) => Next::Broken(IncompleteReason::NoProgress),
        }
    }
}

fn is_full(window: &Window) -> bool {
    window.rows >= window.request.size.get()
}

/// The place after a window's last row.
fn end_of(window: &Window) -> u64 {
    window.request.start() + u64::from(window.rows)
}
