//! The agent's ledger: whether the file is whole, and what it knows.

use std::path::Path;

use povline_domain::{Clock as _, Day};
use povline_store::StoreError;
use povline_store::ledger::{Ledger, SqliteLedger};

use super::finding::{Finding, Verdict};
use crate::clock::SystemClock;

/// How many standing alarms are told.
const ALARMS_MAX: usize = 20;

/// Looks at the ledger in a directory; opens none where there is none.
pub(super) async fn look(directory: &Path) -> (Vec<Finding>, Option<SqliteLedger>) {
    let of = directory.join(SqliteLedger::FILE_NAME);
    let name = of.display().to_string();
    if !of.is_file() {
        let finding = Finding::ok("ledger", name, "there is none yet 尚无账本");
        let remedy = "`povline sync` makes it 由sync创建";
        return (vec![finding.but(Verdict::Warn, remedy)], None);
    }
    match SqliteLedger::open(&of) {
        Ok(ledger) => {
            let mut findings = vec![damage(&ledger, &name).await];
            findings.extend(
                known(&ledger, &name)
                    .await
                    .unwrap_or_else(|error| vec![unreadable(&name, &error)]),
            );
            (findings, Some(ledger))
        }
        Err(error) => (vec![unreadable(&name, &error)], None),
    }
}

fn unreadable(name: &str, error: &StoreError) -> Finding {
    let found = format!("it cannot be used 无法使用: {error}");
    Finding::ok("ledger", name, found).but(
        Verdict::Bad,
        "another program or a newer povline wrote it, or the disk is bad: take a backup or another \
         --data; the agent reads everything anew 换备份或另一个--data,agent会重新读取",
    )
}

async fn damage(ledger: &SqliteLedger, name: &str) -> Finding {
    match ledger.damage().await {
        Ok(found) => match found.first() {
            None => Finding::ok(
                "ledger",
                name,
                "the file is whole, its tables are current 文件完好",
            ),
            Some(first) => {
                let found = format!("the file is damaged 文件损坏: {first}");
                Finding::ok("ledger", name, found).but(
                    Verdict::Bad,
                    "stop `sync`, move the file away and start anew or from a backup \
                     停止sync,移走文件后重建或恢复备份",
                )
            }
        },
        Err(error) => unreadable(name, &error),
    }
}

/// What it knows: how old, what is held, which alarms stand.
async fn known(ledger: &SqliteLedger, name: &str) -> Result<Vec<Finding>, StoreError> {
    let now = SystemClock.now();
    let today = Day::at(now);
    let of_today: Vec<_> = ledger
        .days_from(today)
        .await?
        .into_iter()
        .filter(|day| day.day == today)
        .collect();
    let oldest = of_today.iter().filter_map(|day| day.checked_at).min();
    let found = match oldest {
        Some(at) => format!(
            "today's oldest list was proved {} s ago 今日最旧清单",
            now.millis_since(at) / 1_000
        ),
        None => "no list of today is known 尚无今日清单".to_owned(),
    };
    let mut findings = vec![Finding::ok("copy", name, found)];
    let holds = ledger.held().await?.len();
    if holds > 0 {
        let found = format!("{holds} lists or the fleet are held 暂停取消");
        let remedy = "decide with `povline held` 用povline held裁决";
        findings.push(Finding::ok("copy", name, found).but(Verdict::Warn, remedy));
    }
    let alarms = ledger.alarms(ALARMS_MAX).await?;
    for alarm in alarms.iter().filter(|alarm| alarm.cleared_at.is_none()) {
        let found = format!(
            "alarm since 告警自 {}: {} {}: {}",
            alarm.raised_at, alarm.of.kind, alarm.of.subject, alarm.detail
        );
        let of = alarm.of.app.as_ref().map_or(name, |app| app.as_str());
        let remedy = "see `povline status --alarms` 参见povline status --alarms";
        findings.push(Finding::ok("alarm", of, found).but(Verdict::Warn, remedy));
    }
    Ok(findings)
}
