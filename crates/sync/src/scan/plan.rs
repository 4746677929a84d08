//! Which window to ask for next.
//!
//! A request can only name a page, so a window starts at a multiple of its own size. By making
//! pages a little smaller than 200, that multiple can be brought to just before the rows read last.

use povline_domain::{PageNumber, PageRequest, PageSize};

/// What is known of a list when its next window is chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// The place after the last row read.
    pub(super) end: u64,
    /// How many rows the next window must share with the last one, if nothing changes.
    pub(super) overlap_rows: u32,
    /// The largest page that the server is known or believed to give.
    pub(super) size_max: PageSize,
    /// The length of the list, as the server tells it.
    pub(super) total: Option<u64>,
}

/// With fewer shared rows than this, two windows prove nothing.
pub(super) const ANCHORS_MIN: u32 = 2;

/// The next window: one that passes the end of the list, if one can, with the most overlap; or
/// else the one that reaches furthest. `None` if no page size can advance.
pub(super) fn next_window(progress: Progress) -> Option<PageRequest> {
    // More overlap than half a page, or than half of what was read, leaves no way ahead.
    let overlap_rows = u64::from(progress.overlap_rows)
        .min(u64::from(progress.size_max.get() - 1) / 2)
        .min(progress.end.saturating_sub(1) / 2);
    if overlap_rows < u64::from(ANCHORS_MIN) {
        return None;
    }
    let start_max = progress.end - overlap_rows;
    passing(progress, start_max).or_else(|| furthest(progress, start_max))
}

/// The window with the most overlap of those that pass the believed end of the list, so that it
/// comes back short. Of two that start at the same place, the longer one: the list may have grown.
fn passing(progress: Progress, start_max: u64) -> Option<PageRequest> {
    // A total that has not kept up with the rows does not tell where the list ends.
    let list_end = progress.total.filter(|total| *total >= progress.end)?;
    sizes_to(progress.size_max)
        .filter_map(|size| window_at(list_end, size))
        .filter(|window| window.start() <= start_max)
        .min_by_key(|window| (window.start(), u64::MAX - window.reach()))
}

/// The window that reaches furthest; of two, the one with more overlap.
fn furthest(progress: Progress, start_max: u64) -> Option<PageRequest> {
    sizes_to(progress.size_max)
        .filter_map(|size| window_at(start_max, size))
        .filter(|window| window.reach() > progress.end)
        .max_by_key(|window| (window.reach(), window.size))
}

/// The window of this size that holds this place.
fn window_at(place: u64, size: PageSize) -> Option<PageRequest> {
    let number = u32::try_from(place / u64::from(size.get()) + 1).ok()?;
    Some(PageRequest {
        number: PageNumber::new(number)?,
        size,
    })
}

fn sizes_to(size_max: PageSize) -> impl Iterator<Item = PageSize> {
    (1..=size_max.get()).filter_map(PageSize::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(end: u64, overlap_rows: u32, total: Option<u64>) -> Option<(u32, u32)> {
        next_of(200, end, overlap_rows, total)
    }

    fn next_of(size: u32, end: u64, overlap_rows: u32, total: Option<u64>) -> Option<(u32, u32)> {
        let window = next_window(Progress {
            end,
            overlap_rows,
            size_max: PageSize::new(size).unwrap(),
            total,
        })?;
        Some((window.number.get(), window.size.get()))
    }

    #[test]
    fn a_thousand_rows_in_six_windows() {
        let mut end = 200;
        let mut sizes = vec![200];
        while end <= 1000 {
            let (number, size) = next(end, 4, None).unwrap();
            sizes.push(size);
            end = u64::from(number * size);
        }
        assert_eq!(sizes, [200, 196, 194, 192, 191, 190]);
    }

    #[test]
    fn the_last_window_passes_the_end_with_the_most_overlap() {
        assert_eq!(next(200, 4, Some(200)), Some((2, 101)));
        assert_eq!(next(200, 4, Some(201)), Some((2, 101)));
        assert_eq!(next(200, 4, Some(391)), Some((2, 196)));
        assert_eq!(next(392, 4, Some(392)), Some((2, 197)));
        // Out of reach, or unknown: as far as possible.
        assert_eq!(next(200, 4, Some(392)), Some((2, 196)));
        assert_eq!(next(200, 4, Some(199)), Some((2, 196)));
    }

    #[test]
    fn short_pages_in_doubt() {
        assert_eq!(next_of(4, 4, 4, Some(9)), None, "no overlap of two");
        assert_eq!(next_of(5, 5, 4, Some(9)), Some((2, 3)));
        assert_eq!(next_of(100, 100, 4, Some(900)), Some((2, 96)));
        assert_eq!(next(0, 4, Some(9)), None);
    }

    proptest! {
        #[test]
        fn overlaps_and_advances(
            end in 200_u64..40_000,
            overlap_rows in 2_u32..=99,
            size in 100_u32..=200,
            beyond in prop::option::of(0_u64..20_000),
        ) {
            let size_max = PageSize::new(size).unwrap();
            let total = beyond.map(|beyond| end - 100 + beyond);
            let window = next_window(Progress { end, overlap_rows, size_max, total });
            if let Some(window) = window {
                let overlap_rows = overlap_rows.min((size - 1) / 2);
                prop_assert!(window.start() + u64::from(overlap_rows) <= end);
                prop_assert!(window.reach() > end);
                prop_assert!(window.size <= size_max);
            } else {
                prop_assert!(end > 10_000, "lists of the size that POVs have can be read");
            }
        }
    }
}
