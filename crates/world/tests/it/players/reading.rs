//! Reading one list: by the overlap chain, or as a mutant does it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use povline_domain::{
    Certificate, Day, Digest, IncompleteReason, OutPovId, PageNumber, PageRequest, PageSize,
    UnixMillis, Verdict, Window,
};
use povline_protocol::decode::{self, Answer as Decoded, PageAnswer};
use povline_protocol::result_digest;
use povline_store::ledger::{Observed, ObservedRow};
use povline_sync::scan::{
    self, Answer, DecodedPage, Manner, Outcome, ScanPolicy, Step, UnreadableRow,
};

use super::mutants::Mutant;
use super::wire::{Reply, Wire};

/// How often a failed call is tried again, and after how long.
const TRIES: u32 = 4;
const PAUSE_MS: i64 = 2_000;

/// A page that came.
#[derive(Debug)]
pub(super) struct Came {
    digest: Digest,
    requested_at: UnixMillis,
    answered_at: UnixMillis,
    page: PageAnswer,
}

/// What the agent knows of bans.
#[derive(Debug, Default)]
pub(super) struct Bans {
    pub(super) until: Option<UnixMillis>,
}

pub(super) fn read(
    wire: &mut Wire,
    bans: &mut Bans,
    mutant: Option<Mutant>,
    (pov, day): (&OutPovId, Day),
    standing: Option<Vec<Window>>,
) -> Outcome {
    match mutant {
        Some(
            Mutant::NoOverlap
            | Mutant::NoOrderCheck
            | Mutant::CountIsProof
            | Mutant::LastPageFirst
            | Mutant::TotalEndsTheList
            | Mutant::ShortPageOfTwoHundred,
        ) => plain(wire, bans, mutant, pov, day),
        Some(Mutant::FirstPageSaysUnchanged) => {
            let first = standing.filter(|windows| windows.len() > 1);
            match first {
                Some(windows) => first_page(wire, bans, mutant, (pov, day), windows),
                None => chain(wire, bans, mutant, (pov, day), None),
            }
        }
        _ => chain(wire, bans, mutant, (pov, day), standing),
    }
}

fn chain(
    wire: &mut Wire,
    bans: &mut Bans,
    mutant: Option<Mutant>,
    (pov, day): (&OutPovId, Day),
    standing: Option<Vec<Window>>,
) -> Outcome {
    let mut step = scan::begin(ScanPolicy::default(), pov.clone(), day, standing);
    loop {
        step = match step {
            Step::Fetch(fetch) => match page(wire, bans, mutant, (pov, day), fetch.request()) {
                None => fetch.failed(),
                Some(came) => fetch.answered(Answer {
                    digest: came.digest,
                    requested_at: came.requested_at,
                    answered_at: came.answered_at,
                    body: came,
                }),
            },
            Step::Decode(decode) => {
                let PageAnswer {
                    page,
                    rejected,
                    unknown_fields,
                    unknown_of_rows,
                } = decode.body().page.clone();
                let unreadable = rejected.into_iter().map(|row| UnreadableRow {
                    position: row.position,
                    appointment_id: row.appointment_id,
                    reason: row.fault.to_string(),
                    raw: row.raw.as_str().to_owned(),
                });
                decode.decoded(DecodedPage {
                    page,
                    unreadable: unreadable.collect(),
                    unknown_fields,
                    unknown_of_rows,
                })
            }
            Step::Done(outcome) => return outcome,
        };
    }
}

/// If page 1 is as it was, the whole list is.
fn first_page(
    wire: &mut Wire,
    bans: &mut Bans,
    mutant: Option<Mutant>,
    list: (&OutPovId, Day),
    windows: Vec<Window>,
) -> Outcome {
    match page(wire, bans, mutant, list, windows[0].request) {
        Some(came) if came.digest == windows[0].digest => {
            let again = |window: &Window| Window {
                requested_at: came.requested_at,
                answered_at: came.answered_at,
                ..*window
            };
            outcome(
                windows.iter().map(again).collect(),
                Observed::Unchanged,
                true,
            )
        }
        _ => chain(wire, bans, mutant, list, None),
    }
}

/// Page after page of 200 rows, without overlap.
fn plain(
    wire: &mut Wire,
    bans: &mut Bans,
    mutant: Option<Mutant>,
    pov: &OutPovId,
    day: Day,
) -> Outcome {
    let mut windows = Vec::new();
    let mut rows: Vec<ObservedRow> = Vec::new();
    let mut places = HashMap::new();
    let mut whole = true;
    let mut counted = true;
    let mut end = 0;
    let mut numbers: Vec<u32> = vec![1];
    while let Some(number) = numbers.pop() {
        let size = match (mutant, number) {
            // Pages a little smaller than 200 overlap by four rows, and nobody looks at them.
            (Some(Mutant::NoOrderCheck), 2..) => (end - 4) / (number - 1),
            _ => 200,
        };
        let request = PageRequest {
            number: PageNumber::new(number).unwrap(),
            size: PageSize::new(size).unwrap(),
        };
        let Some(came) = page(wire, bans, mutant, (pov, day), request) else {
            whole = false;
            break;
        };
        let page = came.page.page;
        let count = page.rows.len() as u32;
        let of_total = page
            .total
            .map_or(1, |total| total.div_ceil(200) as u32)
            .max(1);
        match mutant {
            Some(Mutant::LastPageFirst) if windows.is_empty() => numbers.extend(1..=of_total),
            Some(Mutant::LastPageFirst) => {}
            Some(Mutant::TotalEndsTheList) if number < of_total => numbers.push(number + 1),
            Some(Mutant::TotalEndsTheList) => {}
            _ if count == size => numbers.push(number + 1),
            _ => {}
        }
        end = (number - 1) * size + count;
        let window = windows.len() as u16;
        windows.push(Window {
            request,
            rows: count,
            total: page.total,
            digest: came.digest,
            requested_at: came.requested_at,
            answered_at: came.answered_at,
        });
        for appointment in page.rows {
            let row = ObservedRow {
                appointment,
                unknown: None,
                window,
            };
            let next = rows.len();
            match places.entry(row.appointment.appointment_id.clone()) {
                Entry::Vacant(place) => {
                    place.insert(next);
                    rows.push(row);
                }
                Entry::Occupied(place) => {
                    counted = false;
                    rows[*place.get()] = row;
                }
            }
        }
    }
    if mutant == Some(Mutant::CountIsProof) {
        let totals: HashSet<_> = windows.iter().map(|window: &Window| window.total).collect();
        whole &= counted && totals.len() == 1 && totals.contains(&Some(rows.len() as u64));
    }
    outcome(windows, Observed::Rows(rows), whole)
}

fn outcome(windows: Vec<Window>, observed: Observed, whole: bool) -> Outcome {
    Outcome {
        certificate: Certificate {
            windows,
            anchors: Vec::new(),
            verdict: match whole {
                true => Verdict::Complete,
                false => Verdict::Incomplete(IncompleteReason::CallFailed),
            },
            restarts: 0,
        },
        observed,
        unread: Vec::new(),
        manner: Manner::default(),
    }
}

/// One page, tried again a few times.
fn page(
    wire: &mut Wire,
    bans: &mut Bans,
    mutant: Option<Mutant>,
    (pov, day): (&OutPovId, Day),
    request: PageRequest,
) -> Option<Came> {
    for _ in 0..TRIES {
        if let Some(until) = bans.until.filter(|until| wire.now < *until)
            && mutant != Some(Mutant::BanIgnored)
        {
            let wait = until.millis_since(wire.now);
            if wait > 20_000 {
                return None;
            }
            wire.pass(wait);
        }
        let reply = wire.call(pov, day, request);
        match understood(&reply, mutant, request) {
            Understood::Page(came) => return Some(came),
            Understood::Ban(seconds) => {
                bans.until = Some(wire.now.plus_millis((seconds as i64 + 1) * 1_000));
            }
            Understood::Stop => return None,
            Understood::Again => wire.pass(PAUSE_MS),
        }
    }
    None
}

enum Understood {
    Page(Came),
    Ban(u64),
    Again,
    Stop,
}

fn understood(reply: &Reply, mutant: Option<Mutant>, request: PageRequest) -> Understood {
    let Some(body) = &reply.body else {
        return Understood::Again;
    };
    let came = |digest, page| {
        Understood::Page(Came {
            digest,
            requested_at: reply.requested_at,
            answered_at: reply.answered_at,
            page,
        })
    };
    let empty = || {
        let page = povline_domain::Page {
            number: Some(u64::from(request.number.get())),
            size: Some(u64::from(request.size.get())),
            total: Some(0),
            rows: Vec::new(),
        };
        let answer = PageAnswer {
            page,
            rejected: Vec::new(),
            unknown_fields: Vec::new(),
            unknown_of_rows: Vec::new(),
        };
        came(Digest(0), answer)
    };
    let body = match mutant {
        Some(Mutant::MissingStatusIsPicked) => with_status(body),
        _ => body.clone(),
    };
    match decode::read_answer(&body).map(|reply| reply.answer) {
        Ok(Decoded::Page(page)) => match result_digest(&body) {
            Ok(digest) => came(digest, page),
            Err(_) => Understood::Again,
        },
        Ok(Decoded::BusinessFailure(_)) if mutant == Some(Mutant::SuccessIgnored) => empty(),
        Ok(Decoded::BusinessFailure(_)) => Understood::Again,
        Ok(Decoded::PlatformError(error)) => match (error.ban_seconds(), mutant) {
            (Some(seconds), _) => Understood::Ban(seconds),
            (None, Some(Mutant::ErrorIsEmpty)) => empty(),
            (None, _)
                if error
                    .sub_code
                    .as_deref()
                    .is_some_and(|sub| sub.starts_with("isv.")) =>
            {
                Understood::Stop
            }
            (None, _) => Understood::Again,
        },
        Err(_) if mutant == Some(Mutant::ErrorIsEmpty) => empty(),
        Err(_) => Understood::Again,
    }
}

/// The body with status 0 in every row that has none.
fn with_status(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    match text.contains("pick_status") {
        true => body.to_vec(),
        false => text
            .replace(
                "\"appointment_period\"",
                "\"pick_status\":0,\"appointment_period\"",
            )
            .into_bytes(),
    }
}
