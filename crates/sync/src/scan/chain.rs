//! One chain of windows, from page 1 to the end of the list.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use povline_domain::{
    Appointment, AppointmentId, Day, IncompleteReason, OutPovId, Page, PageRequest, PageSize,
    Window,
};

use super::machine::DecodedPage;
use super::plan::{self, Progress};
use super::policy::ScanPolicy;
use super::seam::{Seam, Shared};

/// The list that a scan reads.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) pov: OutPovId,
    pub(super) day: Day,
}

/// A window that was read, with those of its rows that are of the list.
#[derive(Debug)]
pub(super) struct ReadWindow {
    pub(super) window: Window,
    pub(super) rows: Vec<Appointment>,
    /// The ids that it shares with the window before it.
    pub(super) anchors: Vec<AppointmentId>,
}

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
    /// The most rows that one window had.
    rows_most: u32,
    /// The smaller page that the server gave when it was asked for a larger one.
    size_told: Option<PageSize>,
    /// Where a short page ended the list although `total` claims more.
    doubted_end: Option<u64>,
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
            rows_most: 0,
            size_told: None,
            doubted_end: None,
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

    pub(super) fn into_read(self) -> Vec<ReadWindow> {
        self.read
    }

    /// Takes a window and the page that it turned out to be.
    pub(super) fn take(
        &mut self,
        policy: &ScanPolicy,
        list: &List,
        window: Window,
        DecodedPage {
            page,
            unreadable_rows,
        }: DecodedPage,
    ) -> Next {
        let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        let window = Window {
            rows: rows.saturating_add(unreadable_rows),
            total: page.total,
            ..window
        };
        if unreadable_rows > 0 {
            self.flaw.get_or_insert(IncompleteReason::UnreadableRow);
        }
        let obeyed = self.check_obeyed(&window, &page);
        let shared = self.keep(list, window, page.rows);
        let sound = obeyed.and(shared).and_then(|shared| {
            // Of a flawed chain, rows are all that can be had.
            match self.flaw {
                None => self.check_seam(policy, shared),
                Some(_) => Ok(()),
            }
        });
        match sound {
            Ok(()) => self.next(policy, window),
            Err(reason) => Next::Broken(reason),
        }
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
        list: &List,
        window: Window,
        rows: Vec<Appointment>,
    ) -> Result<Vec<(usize, Shared)>, IncompleteReason> {
        let this = self.read.len();
        let mut kept = Vec::with_capacity(rows.len());
        let mut shared = Vec::new();
        let mut repeated = None;
        for row in rows {
            if row.out_pov_id != list.pov || row.day != list.day {
                let id = row.appointment_id;
                self.flaw.get_or_insert(IncompleteReason::ForeignRow(id));
                continue;
            }
            let later = kept.len();
            match self.places.entry(row.appointment_id.clone()) {
                Entry::Vacant(place) => {
                    place.insert((this, later));
                }
                Entry::Occupied(mut place) => {
                    let (window, earlier) = place.insert((this, later));
                    let id = row.appointment_id.clone();
                    if window == this {
                        repeated.get_or_insert(id);
                    } else {
                        shared.push((window, Shared { id, earlier, later }));
                    }
                }
            }
            kept.push(row);
        }
        let consecutive = shared.iter().filter(|(window, _)| window + 1 == this);
        self.read.push(ReadWindow {
            window,
            rows: kept,
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
            earlier_rows: earlier.rows.len(),
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

    fn next(&mut self, policy: &ScanPolicy, window: Window) -> Next {
        let end = end_of(&window);
        if window.rows < window.request.size.get() {
            let claims_more = window.total.is_some_and(|total| total > end);
            let ends_as_before = self.doubted_end.is_some_and(|doubted| end <= doubted);
            if !claims_more || ends_as_before {
                return self.flaw.take().map_or(Next::Whole, Next::Broken);
            }
            self.doubted_end = Some(end);
            let known = PageSize::new(self.rows_most);
            self.size_max = known.unwrap_or(self.size_max).min(self.size_max);
        } else {
            self.doubted_end = None;
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

/// The place after a window's last row.
fn end_of(window: &Window) -> u64 {
    window.request.start() + u64::from(window.rows)
}
