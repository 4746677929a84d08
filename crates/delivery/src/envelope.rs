//! What an event looks like to others: CloudEvents 1.0 in JSON, with a version in its type.
//!
//! `docs/events.md` describes it, `docs/events.schema.json` is its schema, and a test holds real
//! events against both.

use std::fmt::Write as _;

use bytes::Bytes;
use povline_domain::{Appointment, ChangeKind, ChangedFields, PickStatus};
use povline_store::ledger::{EventCursor, SinkName, ToldEvent};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The types of events begin so; the kind and the version follow.
pub const TYPE_PREFIX: &str = "cn.povline.appointment.";

/// The type by which a sink is told that events were forgotten before it could have them.
pub const GAP_TYPE: &str = "cn.povline.delivery.gap.v1";

/// The version that ends the types.
const VERSION: &str = "v1";

/// What a sink may show. By default nothing of a patient but a masked name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disclosure {
    /// Names whole instead of masked.
    pub names: bool,
    /// Pick codes instead of none.
    pub pick_codes: bool,
}

/// An event as it leaves. Its `Debug` shows no body: it may hold a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The key by which repeats are recognised.
    pub id: String,
    /// The CloudEvents type.
    pub kind: String,
    /// The POV at which it happened; `None` of what is about the delivery itself.
    pub pov: Option<String>,
    /// The word of its kind, such as `cancelled`.
    pub word: &'static str,
    /// Its place among the events of its ledger.
    pub sequence: i64,
    /// The envelope, one line of JSON without its end.
    pub body: Bytes,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

/// The ledger that tells the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    ledger: String,
}

impl Source {
    /// The source that this id of a ledger makes.
    #[must_use]
    pub fn new(ledger_id: impl Into<String>) -> Self {
        Self {
            ledger: ledger_id.into(),
        }
    }

    /// The ledger's id.
    #[must_use]
    pub fn ledger(&self) -> &str {
        &self.ledger
    }

    /// The CloudEvents source.
    #[must_use]
    pub fn urn(&self) -> String {
        format!("urn:povline:ledger:{}", self.ledger)
    }

    /// The id of an event. It depends on what happened, when it was seen and which ledger tells
    /// it, so that a repeat has the same one and a ledger that was begun anew has others.
    #[must_use]
    pub fn event_id(&self, told: &ToldEvent) -> String {
        let change = &told.event.change;
        id(&[
            &self.ledger,
            told.event.pov.as_str(),
            change.appointment_id.as_str(),
            &change.version.to_string(),
            change.kind.word(),
            &change.observed_at.0.to_string(),
        ])
    }

    /// An event as a sink with this disclosure may have it.
    #[must_use]
    pub fn letter(&self, told: &ToldEvent, disclosure: Disclosure) -> Letter {
        let event = &told.event;
        let change = &event.change;
        let state = |row: &Option<Appointment>| row.as_ref().map(|row| State::of(row, disclosure));
        let id = self.event_id(told);
        let kind = format!("{TYPE_PREFIX}{}.{VERSION}", change.kind.word());
        let both = change.before.as_ref().zip(change.after.as_ref());
        let envelope = Envelope {
            specversion: "1.0",
            id: &id,
            source: self.urn(),
            kind: &kind,
            subject: format!("{}/{}", event.pov, change.appointment_id),
            time: change.observed_at.utc(),
            datacontenttype: "application/json",
            sequence: sequence(event.cursor),
            data: Data {
                kind: change.kind.word(),
                out_pov_id: event.pov.as_str(),
                appointment_id: change.appointment_id.as_str(),
                version: change.version,
                observed_at: change.observed_at.utc(),
                changed: both.map_or_else(Vec::new, |(before, after)| changed(before, after)),
                before: state(&change.before),
                after: state(&change.after),
                evidence: Evidence {
                    certificate: event.certificate,
                    day: event.day.to_string(),
                    verdict: told.scan.verdict,
                    scan_began_at: told.scan.began_at.map(|at| at.utc()),
                    scan_ended_at: told.scan.ended_at.map(|at| at.utc()),
                    pages: told.scan.pages,
                    looked_at: looked_at(told),
                },
                withheld: withheld(disclosure),
            },
        };
        Letter {
            body: line(&envelope),
            id,
            kind,
            pov: Some(event.pov.as_str().to_owned()),
            word: change.kind.word(),
            sequence: event.cursor.0,
        }
    }

    /// Tells a sink that these events were forgotten before it could have them.
    #[must_use]
    pub fn gap(
        &self,
        sink: &SinkName,
        first: EventCursor,
        last: EventCursor,
        at: String,
    ) -> Letter {
        let numbers = [first.0.to_string(), last.0.to_string()];
        let id = id(&[&self.ledger, "gap", sink.as_str(), &numbers[0], &numbers[1]]);
        let envelope = Envelope {
            specversion: "1.0",
            id: &id,
            source: self.urn(),
            kind: GAP_TYPE,
            subject: sink.as_str().to_owned(),
            time: at,
            datacontenttype: "application/json",
            sequence: sequence(last),
            data: Gap {
                sink: sink.as_str(),
                first_sequence: sequence(first),
                last_sequence: sequence(last),
                count: last.0 - first.0 + 1,
                reason: "forgotten",
            },
        };
        Letter {
            body: line(&envelope),
            id,
            kind: GAP_TYPE.to_owned(),
            pov: None,
            word: "gap",
            sequence: last.0,
        }
    }
}

/// Where a cancelled appointment was looked for. Other events of the same scan need no such proof.
fn looked_at(told: &ToldEvent) -> Vec<LookedAt> {
    if told.event.change.kind != ChangeKind::Cancelled {
        return Vec::new();
    }
    let days = told.scan.looked_at.iter();
    days.map(|looked_at| LookedAt {
        day: looked_at.day.to_string(),
        scan_began_at: looked_at.begun_at.utc(),
    })
    .collect()
}

/// A sequence as CloudEvents' extension wants it: a text whose order is that of the numbers.
fn sequence(cursor: EventCursor) -> String {
    format!("{:019}", cursor.0)
}

fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    let mut id = String::from("evt_");
    for byte in &hash.finalize()[..16] {
        // Writing to a text cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// One line of JSON.
fn line<T: Serialize>(envelope: &T) -> Bytes {
    // Texts, numbers and lists of them: there is nothing that JSON could not say.
    Bytes::from(serde_json::to_vec(envelope).unwrap_or_default())
}

fn withheld(disclosure: Disclosure) -> Vec<&'static str> {
    let parts = [
        ("name", disclosure.names),
        ("pick_code", disclosure.pick_codes),
    ];
    let hidden = parts.into_iter().filter(|(_, shown)| !shown);
    hidden.map(|(field, _)| field).collect()
}

fn changed(before: &Appointment, after: &Appointment) -> Vec<&'static str> {
    let differs = ChangedFields::between(before, after);
    let fields = [
        ("out_pov_id", before.out_pov_id != after.out_pov_id),
        ("day", before.day != after.day),
        ("period", differs.period),
        ("pick_code", differs.pick_code),
        ("picked", differs.pick_status),
        ("name", differs.name),
    ];
    let differing = fields.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(field, _)| field).collect()
}

#[derive(Serialize)]
struct Envelope<'a, D> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    sequence: String,
    data: D,
}

#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
    out_pov_id: &'a str,
    appointment_id: &'a str,
    version: u32,
    observed_at: String,
    changed: Vec<&'static str>,
    before: Option<State>,
    after: Option<State>,
    evidence: Evidence,
    withheld: Vec<&'static str>,
}

#[derive(Serialize)]
struct State {
    out_pov_id: String,
    day: String,
    period: String,
    picked: bool,
    pick_code: Option<String>,
    name: String,
}

impl State {
    fn of(row: &Appointment, disclosure: Disclosure) -> Self {
        let Appointment {
            appointment_id: _,
            out_pov_id,
            day,
            period,
            pick_code,
            pick_status,
            name,
        } = row;
        Self {
            out_pov_id: out_pov_id.as_str().to_owned(),
            day: day.to_string(),
            period: period.to_string(),
            picked: *pick_status == PickStatus::Picked,
            pick_code: disclosure.pick_codes.then(|| pick_code.as_str().to_owned()),
            name: match disclosure.names {
                true => name.as_str().to_owned(),
                false => name.masked(),
            },
        }
    }
}

#[derive(Serialize)]
struct Evidence {
    certificate: i64,
    day: String,
    verdict: &'static str,
    scan_began_at: Option<String>,
    scan_ended_at: Option<String>,
    pages: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looked_at: Vec<LookedAt>,
}

#[derive(Serialize)]
struct LookedAt {
    day: String,
    scan_began_at: String,
}

#[derive(Serialize)]
struct Gap<'a> {
    sink: &'a str,
    first_sequence: String,
    last_sequence: String,
    count: i64,
    reason: &'static str,
}
