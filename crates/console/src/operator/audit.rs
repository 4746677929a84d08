//! The audit: its newest entries, and whether its chain holds.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use povline_domain::{AppKey, PovId};
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::audit::{self as trail, AuditFilter, Broken, ChainFault};
use povline_store::book::{Access, Users};
use povline_store::{StoreError, audit::AuditEntry};
use povline_web::{Language, Page};

use crate::reader::{Fields, Reader, Submitted};
use crate::refusal::Refusal;
use crate::state::Console;
use crate::view;

/// Records of one look back, and how many looks a page takes at most.
const RECORDS: i64 = 500;
const LOOKS_MAX: usize = 10;

/// Entries of one page.
const ENTRIES: usize = 100;

struct Row {
    sequence: i64,
    at: String,
    actor: String,
    action: String,
    object: String,
    count: String,
    result: &'static str,
}

struct Verdict {
    records: String,
    head: String,
    broken: Option<String>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    language: Language,
    site: Site,
    reader: Reader,
    app: String,
    action: String,
    rows: Vec<Row>,
    older: Option<String>,
    verdict: Option<Verdict>,
}

/// The newest entries, or those before one.
pub(crate) async fn audit<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    show(&console, reader, &fields, None).await
}

/// Follows the whole chain.
pub(crate) async fn verify<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Submitted { reader, .. }: Submitted,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let verdict = trail::verify(console.gateway.book(), None, |_| ()).await;
    let verdict = verdict.map_err(|error| Refusal::store(&reader.site, &error))?;
    let verdict = Verdict {
        records: view::number(verdict.records),
        head: verdict.head.to_string(),
        broken: verdict.broken.map(|broken| {
            reader
                .language()
                .pick(broken_chain(&broken), broken.to_string())
        }),
    };
    show(&console, reader, &Fields::default(), Some(verdict)).await
}

/// Where a chain is broken, in Chinese.
fn broken_chain(broken: &Broken) -> String {
    let at = broken.sequence;
    match broken.fault {
        ChainFault::Missing { found } => format!("第{at}条记录缺失,其后是第{found}条"),
        ChainFault::Altered => format!("第{at}条或之前的记录被改动或移动"),
        ChainFault::NoHash => format!("第{at}条记录的哈希丢失"),
        ChainFault::CutOff => format!("链头所指的第{at}条记录被截去"),
        ChainFault::OtherHead => format!("第{at}条记录与链头不符"),
    }
}

async fn show<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: Reader,
    fields: &Fields,
    verdict: Option<Verdict>,
) -> Result<Response, Refusal> {
    let failed = |error: StoreError| Refusal::store(&reader.site, &error);
    let book = console.gateway.book();
    let app = fields.get("app").unwrap_or_default().to_owned();
    let action = fields.get("action").unwrap_or_default().to_owned();
    let filter = AuditFilter {
        app: AppKey::new(app.as_str()).ok(),
        action: (!action.is_empty()).then(|| action.clone()),
        ..AuditFilter::default()
    };
    let access = book.access().await.map_err(failed)?;
    let head = book.audit_head().await.map_err(failed)?;
    let before = fields.get("before").and_then(|before| before.parse().ok());
    let before = before.unwrap_or(head.sequence + 1);
    let (rows, cursor) = newest(book, &filter, &access, before)
        .await
        .map_err(failed)?;
    let older = (cursor > 1).then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("app", &app)
            .append_pair("action", &action)
            .append_pair("before", &cursor.to_string());
        query.finish()
    });
    let page = AuditPage {
        language: reader.language(),
        site: reader.site.clone(),
        reader,
        app,
        action,
        rows,
        older,
        verdict,
    };
    Ok(Page(page).into_response())
}

/// Entries of records before `before`, newest first, and the record down to which was looked.
async fn newest<B: PlatformBook>(
    book: &B,
    filter: &AuditFilter,
    access: &Access,
    mut before: i64,
) -> Result<(Vec<Row>, i64), StoreError> {
    let mut rows = Vec::new();
    for _ in 0..LOOKS_MAX {
        let after = (before - 1 - RECORDS).max(0);
        let count = usize::try_from(before - 1 - after).unwrap_or_default();
        if count == 0 {
            break;
        }
        let records = book.chain_after(after, count).await?;
        for record in records.iter().rev() {
            let entries = record.entries()?;
            let admitted = entries.into_iter().filter(|entry| filter.admits(entry));
            rows.extend(admitted.map(|entry| row(access, entry)));
            before = record.sequence;
            if rows.len() >= ENTRIES {
                return Ok((rows, before));
            }
        }
        before = after + 1;
    }
    Ok((rows, before))
}

fn row(access: &Access, entry: AuditEntry) -> Row {
    let code = |pov: PovId| {
        let known = access.povs.iter().find(|known| known.pov == pov);
        known.map_or_else(|| pov.to_string(), |known| known.out_pov_id.to_string())
    };
    let object = [
        entry.pov.map(code),
        entry.day.map(|day| day.to_string()),
        Some(entry.object).filter(|object| !object.is_empty()),
    ];
    let object: Vec<String> = object.into_iter().flatten().collect();
    Row {
        sequence: entry.sequence,
        at: view::time(entry.at),
        actor: entry.actor,
        action: entry.action,
        object: object.join(" "),
        count: view::number(entry.count),
        result: entry.result,
    }
}
