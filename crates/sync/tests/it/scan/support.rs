//! A server of one list, and a driver that scans it.

use povline_domain::{
    Appointment, AppointmentId, Certificate, Day, Digest, IncompleteReason, Name, OutPovId, Page,
    PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{Observed, ObservedRow};
use povline_sync::scan::{self, Answer, DecodedPage, Method, Outcome, ScanPolicy, Step};

pub fn pov() -> OutPovId {
    OutPovId::new("00001").unwrap()
}

pub fn day() -> Day {
    Day::new(2021, 1, 18).unwrap()
}

pub fn row(number: u32) -> Appointment {
    Appointment {
        appointment_id: AppointmentId::new(format!("P{number:05}")).unwrap(),
        out_pov_id: pov(),
        day: day(),
        period: "08:00-08:30".parse().unwrap(),
        pick_code: PickCode::new(format!("{number}")).unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new("测试").unwrap(),
    }
}

pub fn picked(row: Appointment) -> Appointment {
    Appointment {
        pick_status: PickStatus::Picked,
        ..row
    }
}

pub fn rows(numbers: impl IntoIterator<Item = u32>) -> Vec<Appointment> {
    numbers.into_iter().map(row).collect()
}

/// The page of a list as a server of good manners answers it.
pub fn page_of(list: &[Appointment], request: PageRequest) -> Page {
    let start = (request.start() as usize).min(list.len());
    let end = (request.reach() as usize).min(list.len());
    Page {
        number: Some(u64::from(request.number.get())),
        size: Some(u64::from(request.size.get())),
        total: Some(list.len() as u64),
        rows: list[start..end].to_vec(),
    }
}

/// An answer of a test's server; `None` where the call fails.
pub type Answered = Option<DecodedPage>;

pub fn readable(page: Page) -> Answered {
    Some(DecodedPage {
        page,
        unreadable: Vec::new(),
        unknown_fields: Vec::new(),
        unknown_of_rows: Vec::new(),
    })
}

/// A scan with what it cost.
pub struct Scanned {
    pub outcome: Outcome,
    pub calls: usize,
    pub decoded: usize,
}

/// Scans with a server that answers the nth call, counted from 0.
pub fn scan(
    standing: Option<Vec<Window>>,
    server: impl FnMut(usize, PageRequest) -> Answered,
) -> Scanned {
    scan_by(ScanPolicy::default(), standing, server)
}

pub fn scan_by(
    policy: ScanPolicy,
    standing: Option<Vec<Window>>,
    mut server: impl FnMut(usize, PageRequest) -> Answered,
) -> Scanned {
    let (mut calls, mut decoded) = (0, 0);
    // What is expected of each call, as long as every answer is as expected.
    let mut expected: Vec<Digest> = standing
        .iter()
        .flatten()
        .map(|window| window.digest)
        .collect();
    if policy.method == Method::TwoPasses && expected.len() > 1 {
        expected.clear();
    }
    let mut step = scan::begin(policy, pov(), day(), standing);
    loop {
        step = match step {
            Step::Fetch(fetch) => {
                let at = UnixMillis(calls as i64 * 10);
                assert_eq!(fetch.expected(), expected.get(calls).copied());
                let answered = server(calls, fetch.request());
                calls += 1;
                assert!(calls < 2000, "the scan does not end");
                match answered {
                    Some(body) => {
                        let digest = digest(&body.page);
                        if fetch.expected() != Some(digest) {
                            expected.clear();
                        }
                        fetch.answered(Answer {
                            digest,
                            requested_at: at,
                            answered_at: at.plus_millis(5),
                            body,
                        })
                    }
                    None => fetch.failed(),
                }
            }
            Step::Decode(decode) => {
                decoded += 1;
                let body = decode.body().clone();
                decode.decoded(body)
            }
            Step::Done(outcome) => {
                return Scanned {
                    outcome,
                    calls,
                    decoded,
                };
            }
        };
    }
}

/// Scans a list that stands still.
pub fn scan_still(list: &[Appointment]) -> Scanned {
    scan(None, |_, request| readable(page_of(list, request)))
}

impl Scanned {
    pub fn certificate(&self) -> &Certificate {
        &self.outcome.certificate
    }

    pub fn windows(&self) -> Vec<Window> {
        self.certificate().windows.clone()
    }

    pub fn pages(&self) -> Vec<(u32, u32)> {
        let windows = self.certificate().windows.iter();
        windows
            .map(|window| (window.request.number.get(), window.request.size.get()))
            .collect()
    }

    pub fn rows(&self) -> &[ObservedRow] {
        match &self.outcome.observed {
            Observed::Rows(rows) => rows,
            Observed::Unchanged => panic!("the scan saw no change"),
        }
    }

    pub fn reason(&self) -> Option<IncompleteReason> {
        match &self.certificate().verdict {
            Verdict::Complete | Verdict::Agreed => None,
            Verdict::Incomplete(reason) => Some(reason.clone()),
        }
    }

    /// The scan is complete and shows these rows in this order.
    #[track_caller]
    pub fn assert_shows(&self, list: &[Appointment]) {
        assert_eq!(self.reason(), None);
        let shown = self.rows().iter().map(|row| &row.appointment);
        assert!(shown.eq(list), "{} rows", list.len());
    }
}

/// Equal for equal pages, like the digest of an answer.
fn digest(page: &Page) -> Digest {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (page.number, page.size, page.total, &page.rows).hash(&mut hasher);
    Digest(u128::from(hasher.finish()))
}
