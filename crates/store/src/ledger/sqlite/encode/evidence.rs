//! A certificate and what it proved that no change tells.

use povline_domain::{
    AppointmentId, Certificate, Day, IncompleteReason, OutPovId, UnixMillis, Verdict,
};

use super::super::trouble::{Outcome, corrupt};
use super::windows::{take_windows, write_windows};
use crate::ledger::{CertificateRecord, LookedAt};
use crate::sqlite::{Put, Take};

/// What is kept of a scan beside the changes that it told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence<'a> {
    /// Became suspected by it.
    pub(crate) suspected: Vec<&'a AppointmentId>,
    /// Suspects whose absence from their own day it confirmed.
    pub(crate) confirmed: Vec<&'a AppointmentId>,
    /// Suspects that it showed again.
    pub(crate) returned: Vec<&'a AppointmentId>,
    /// If it proved cancellations, the days on which the rows might have stood.
    pub(crate) looked_at: Vec<LookedAt>,
}

/// The same as it was kept, with its certificate.
#[derive(Debug)]
pub(crate) struct KeptEvidence {
    pub(crate) certificate: Certificate,
    pub(crate) suspected: Vec<AppointmentId>,
    pub(crate) confirmed: Vec<AppointmentId>,
    pub(crate) returned: Vec<AppointmentId>,
    pub(crate) looked_at: Vec<LookedAt>,
}

impl KeptEvidence {
    pub(crate) fn record(self, pov: OutPovId, day: Day) -> CertificateRecord {
        CertificateRecord {
            pov,
            day,
            certificate: self.certificate,
            suspected: self.suspected,
            confirmed: self.confirmed,
            returned: self.returned,
            looked_at: self.looked_at,
        }
    }
}

pub(crate) fn write_evidence(
    certificate: &Certificate,
    evidence: &Evidence<'_>,
    bytes: &mut Vec<u8>,
) {
    let Certificate {
        windows,
        anchors,
        verdict,
        restarts,
    } = certificate;
    write_windows(windows, bytes);
    bytes.put(anchors.len() as u64);
    for seam in anchors {
        put_ids(seam.iter(), bytes);
    }
    let (tag, id) = verdict_tag(verdict);
    bytes.push(tag);
    if let Some(id) = id {
        bytes.put_text(id.as_str());
    }
    bytes.put(u64::from(*restarts));
    let Evidence {
        suspected,
        confirmed,
        returned,
        looked_at,
    } = evidence;
    for ids in [suspected, confirmed, returned] {
        put_ids(ids.iter().copied(), bytes);
    }
    bytes.put(looked_at.len() as u64);
    for LookedAt { day, begun_at } in looked_at {
        bytes.put_signed(day.number().into());
        bytes.put_signed(begun_at.0);
    }
}

pub(crate) fn read_evidence(bytes: &[u8]) -> Outcome<KeptEvidence> {
    let mut take = Take(bytes);
    let windows = take_windows(&mut take)?;
    let seams: usize = take.small()?;
    let anchors = (0..seams).map(|_| take_ids(&mut take));
    let certificate = Certificate {
        windows,
        anchors: anchors.collect::<Outcome<_>>()?,
        verdict: take_verdict(&mut take)?,
        restarts: take.small()?,
    };
    Ok(KeptEvidence {
        certificate,
        suspected: take_ids(&mut take)?,
        confirmed: take_ids(&mut take)?,
        returned: take_ids(&mut take)?,
        looked_at: take_looked_at(&mut take)?,
    })
}

/// Older versions kept none, and end before it.
fn take_looked_at(take: &mut Take<'_>) -> Outcome<Vec<LookedAt>> {
    if take.0.is_empty() {
        return Ok(Vec::new());
    }
    let count: usize = take.small()?;
    let one = |take: &mut Take<'_>| {
        let number = i32::try_from(take.signed()?).map_err(|_| corrupt("day"))?;
        Ok(LookedAt {
            day: Day::from_number(number).map_err(|_| corrupt("day"))?,
            begun_at: UnixMillis(take.signed()?),
        })
    };
    (0..count).map(|_| one(take)).collect()
}

fn put_ids<'a>(ids: impl ExactSizeIterator<Item = &'a AppointmentId>, bytes: &mut Vec<u8>) {
    bytes.put(ids.len() as u64);
    for id in ids {
        bytes.put_text(id.as_str());
    }
}

fn take_id(take: &mut Take<'_>) -> Outcome<AppointmentId> {
    AppointmentId::new(take.text()?).map_err(|_| corrupt("appointment id"))
}

fn take_ids(take: &mut Take<'_>) -> Outcome<Vec<AppointmentId>> {
    let count: usize = take.small()?;
    (0..count).map(|_| take_id(take)).collect()
}

fn verdict_tag(verdict: &Verdict) -> (u8, Option<&AppointmentId>) {
    let reason = match verdict {
        Verdict::Complete => return (0, None),
        Verdict::Agreed => return (13, None),
        Verdict::Incomplete(reason) => reason,
    };
    match reason {
        IncompleteReason::OtherPage => (1, None),
        IncompleteReason::TooManyRows => (2, None),
        IncompleteReason::RepeatedId(id) => (3, Some(id)),
        IncompleteReason::NoAnchor => (4, None),
        IncompleteReason::OrderChanged => (5, None),
        IncompleteReason::Moved(id) => (6, Some(id)),
        IncompleteReason::EndInDoubt => (7, None),
        IncompleteReason::NoProgress => (8, None),
        IncompleteReason::TooLong => (9, None),
        IncompleteReason::UnreadableRow => (10, None),
        IncompleteReason::ForeignRow(id) => (11, Some(id)),
        IncompleteReason::CallFailed => (12, None),
        IncompleteReason::PassesDiffer => (14, None),
    }
}

fn take_verdict(take: &mut Take<'_>) -> Outcome<Verdict> {
    Ok(Verdict::Incomplete(match take.byte()? {
        0 => return Ok(Verdict::Complete),
        1 => IncompleteReason::OtherPage,
        2 => IncompleteReason::TooManyRows,
        3 => IncompleteReason::RepeatedId(take_id(take)?),
        4 => IncompleteReason::NoAnchor,
        5 => IncompleteReason::OrderChanged,
        6 => IncompleteReason::Moved(take_id(take)?),
        7 => IncompleteReason::EndInDoubt,
        8 => IncompleteReason::NoProgress,
        9 => IncompleteReason::TooLong,
        10 => IncompleteReason::UnreadableRow,
        11 => IncompleteReason::ForeignRow(take_id(take)?),
        12 => IncompleteReason::CallFailed,
        13 => return Ok(Verdict::Agreed),
        14 => IncompleteReason::PassesDiffer,
        _ => return Err(corrupt("verdict")),
    }))
}
