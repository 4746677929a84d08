//! The report as one self-contained page: no script of others, no fonts, no network.

use std::fmt::Write as _;

use super::finding::FindingKind;
use super::picture::timeline_svg;
use super::report::Report;
use super::story::Story;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--good:#1a7f4b;--bad:#c0362c;--blue:#3a6fb0;--grey:#8a94a0;--muted:#5a6470}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171b;--soft:#1e2329;--line:#353c45;--good:#4cc38a;--bad:#ff7b6e;--blue:#79aef2;--grey:#8a94a0;--muted:#a3adb8}}
body{margin:0 auto;max-width:66rem;padding:1.5rem;font:16px/1.55 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .6rem}
.sub{color:var(--muted);margin:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.7rem;margin:1.2rem 0}
.card{background:var(--soft);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem}
.card b{display:block;font-size:1.6rem;line-height:1.2}.card.good b{color:var(--good)}.card.bad b{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:right}
th:first-child,td:first-child{text-align:left;white-space:nowrap}.wide{overflow-x:auto}
svg{width:100%;height:auto;background:var(--soft);border:1px solid var(--line);border-radius:.6rem}
.changes{fill:var(--grey)}.pages{fill:var(--blue)}.failed{fill:var(--bad)}.axis{stroke:var(--line)}
ol{padding-left:0;list-style:none;border-left:3px solid var(--line)}li{padding:.2rem .9rem}li.client{border-left:3px solid var(--bad);margin-left:-3px;font-weight:600}li.server{border-left:3px solid var(--blue);margin-left:-3px}
time{color:var(--muted);font-size:.85rem;margin-right:.6rem}
.en{display:none}html[lang=en] .en{display:revert}html[lang=en] .zh{display:none}
button{font:inherit;padding:.25rem .8rem;border-radius:.5rem;border:1px solid var(--line);background:var(--soft);color:var(--ink);float:right}
@media(max-width:40rem){body{padding:1rem}th,td{padding:.3rem .25rem;font-size:.85rem}time{display:block}}
";

/// Turns the page into the other language; the page is whole without it.
const SCRIPT: &str = "document.querySelector('button').onclick=()=>{const r=document.documentElement;r.lang=r.lang==='en'?'zh':'en'}";

/// The report as a page.
#[must_use]
pub fn page(report: &Report) -> String {
    let mut out = String::with_capacity(32 * 1024);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{} · Povline</title><style>{STYLE}\
         </style></head><body><main><button>中文 / English</button><h1>{}</h1><p class=\"sub\">{} · seed {} · \
         {} → {}</p>",
        escape(&report.scenario),
        both(&report.title_zh, &report.title_en),
        escape(&report.scenario),
        report.seed,
        report.begins_at,
        report.now
    );
    cards(&mut out, report);
    out.push_str(&heading("经过", "What happened"));
    out.push_str(&timeline_svg(&report.timeline));
    let _ = write!(
        out,
        "<p class=\"sub\">{}</p>",
        both(
            &format!(
                "上：变更；下：调用（蓝：得到页面，红：失败）。每格 {} 秒",
                report.timeline.slice_s
            ),
            &format!(
                "Above: changes. Below: calls (blue: pages, red: failed). {} s a bar",
                report.timeline.slice_s
            ),
        )
    );
    delays(&mut out, report);
    calls(&mut out, report);
    scores(&mut out, report);
    for story in &report.stories {
        tell(&mut out, story);
    }
    let _ = write!(out, "</main><script>{SCRIPT}</script></body></html>");
    out
}

fn cards(out: &mut String, report: &Report) {
    out.push_str("<div class=\"cards\">");
    let points = report.score.points;
    card(
        out,
        judged(points >= 90.0),
        &format!("{points}"),
        "得分 / 100",
        "points of 100",
    );
    for kind in FindingKind::ALL {
        let (zh, en) = match kind {
            FindingKind::FalseCancel => ("误报取消", "false cancels"),
            FindingKind::Missed => ("遗漏", "missed"),
            FindingKind::Phantom => ("幽灵行", "phantoms"),
            FindingKind::WrongField => ("错误字段", "wrong fields"),
        };
        let count = report.count(kind);
        card(out, judged(count == 0), &count.to_string(), zh, en);
    }
    let limits: u64 = report.limits.values().sum();
    card(
        out,
        judged(true),
        &limits.to_string(),
        "属于声明的限制",
        "under stated limits",
    );
    let changes = report.changes.to_string();
    card(out, "", &changes, "世界的变更", "changes in the world");
    let calls = report.calls.made.to_string();
    card(out, "", &calls, "调用", "calls");
    out.push_str("</div>");
}

/// The class of a figure that is good or bad.
fn judged(good: bool) -> &'static str {
    if good { "good" } else { "bad" }
}

fn card(out: &mut String, class: &str, value: &str, zh: &str, en: &str) {
    let _ = write!(
        out,
        "<div class=\"card {class}\"><b>{value}</b>{}</div>",
        both(zh, en)
    );
}

fn delays(out: &mut String, report: &Report) {
    out.push_str(&heading(
        "多久才发现（秒）",
        "How late changes were detected (seconds)",
    ));
    out.push_str(&wide_table("多久才发现 how late changes were detected"));
    for (zh, en) in [
        ("变更", "change"),
        ("发现", "detected"),
        ("未发现", "never"),
        ("平均", "mean"),
        ("中位", "median"),
        ("99%", "p99"),
        ("最久", "worst"),
    ] {
        let _ = write!(out, "<th>{}</th>", both(zh, en));
    }
    out.push_str("</tr>");
    for row in &report.delays {
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            both(in_chinese(row.kind), row.kind),
            row.detected,
            row.never,
            row.mean_s,
            row.p50_s,
            row.p99_s,
            row.worst_s
        );
    }
    out.push_str("</table></div>");
}

fn calls(out: &mut String, report: &Report) {
    let calls = &report.calls;
    out.push_str(&heading("调用与恢复", "Calls and recovery"));
    let _ = write!(
        out,
        "<p>{}</p>",
        both(
            &format!(
                "共 {} 次，得到 {} 页 {} 行；故障 {}，被拒 {}，自招封禁 {}，封禁期内 {}；一天最多 {}（限额 {}）",
                calls.made,
                calls.pages,
                calls.rows,
                calls.faulted,
                calls.refused,
                calls.bans_provoked,
                calls.within_bans,
                calls.most_in_a_day,
                limit(calls.budget_per_day)
            ),
            &format!(
                "{} made: {} pages with {} rows; {} struck by faults, {} refused, {} bans provoked, \
                 {} within bans; {} in the busiest day (limit {})",
                calls.made,
                calls.pages,
                calls.rows,
                calls.faulted,
                calls.refused,
                calls.bans_provoked,
                calls.within_bans,
                calls.most_in_a_day,
                limit(calls.budget_per_day)
            ),
        )
    );
    if report.recoveries.is_empty() {
        return;
    }
    out.push_str(&wide_table("恢复 recovery"));
    for (zh, en) in [
        ("故障", "fault"),
        ("击中调用", "calls struck"),
        ("列表", "lists"),
        ("平均恢复（秒）", "mean recovery (s)"),
        ("最久（秒）", "worst (s)"),
        ("未恢复", "never"),
    ] {
        let _ = write!(out, "<th>{}</th>", both(zh, en));
    }
    out.push_str("</tr>");
    for row in &report.recoveries {
        let _ = write!(
            out,
            "<tr><td>{} ({})</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&row.rule),
            row.what,
            row.struck,
            row.episodes,
            row.mean_s,
            row.worst_s,
            row.never
        );
    }
    out.push_str("</table></div>");
}

/// The beginning of a table that may be wider than the page: the keyboard can scroll it too.
fn wide_table(label: &str) -> String {
    format!("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><table><tr>")
}

fn limit(number: u32) -> String {
    match number {
        0 => "–".to_owned(),
        _ => number.to_string(),
    }
}

fn scores(out: &mut String, report: &Report) {
    if report.score.lines.is_empty() {
        return;
    }
    out.push_str(&heading("扣分", "Points taken off"));
    out.push_str("<table>");
    for line in &report.score.lines {
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>−{}</td></tr>",
            both(in_chinese(line.what), line.what),
            line.count,
            line.points
        );
    }
    out.push_str("</table>");
}

fn tell(out: &mut String, story: &Story) {
    let (kind, id) = (story.kind.word(), escape(&story.appointment_id));
    out.push_str(&heading(
        &format!("第一个{}：{id}", in_chinese(kind)),
        &format!("The first {kind}: {id}"),
    ));
    out.push_str("<ol>");
    for line in &story.lines {
        let _ = write!(
            out,
            "<li class=\"{}\"><time>{}</time>{}</li>",
            line.who,
            line.at,
            both(&line.zh, &line.en)
        );
    }
    out.push_str("</ol>");
}

/// What a word of the report is in Chinese; a word that has none stays as it is.
pub(super) fn in_chinese(word: &str) -> &str {
    match word {
        "booked" => "新预约",
        "moved" => "改到其他日期",
        "shifted" => "改时段",
        "corrected" => "更正姓名",
        "picked" => "取号",
        "unpicked" => "退号",
        "cancelled" => "取消",
        "false-cancel" => "误报取消",
        "missed" => "遗漏",
        "phantom" => "幽灵行",
        "wrong-field" => "错误字段",
        "bans" => "封禁",
        "neglected-lists" => "被忽略的列表",
        "undetected-percent" => "从未发现（百分比）",
        "late-p99-seconds-over" => "过迟（99% 超出的秒数）",
        "nothing-handed-in" => "没有提交任何视图",
        "an older state" => "比先前告知的更旧",
        "no appointment ever had this id" => "从未有过这个编号",
        "it left its list long ago" => "它早已离开列表",
        other => other,
    }
}

fn heading(zh: &str, en: &str) -> String {
    format!("<h2>{}</h2>", both(zh, en))
}

fn both(zh: &str, en: &str) -> String {
    format!(
        "<span class=\"zh\" lang=\"zh\">{}</span><span class=\"en\" lang=\"en\">{}</span>",
        escape(zh),
        escape(en)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
