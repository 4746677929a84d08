//! A page that shows how policies compare: figures, and ages over the day by tier. It needs
//! nothing but itself.

use std::fmt::Write as _;

use super::compare::{Graded, PolicyName};
use super::scenario::PlanScenario;
use super::score::Score;

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--dim:#60646c;--line:#d9d9e0;
--p0:#8b8d98;--p1:#ad7f00;--p2:#8347b9;--p3:#218358;--p4:#0d74ce}
@media(prefers-color-scheme:dark){:root{--bg:#111113;--fg:#edeef0;--dim:#b0b4ba;--line:#363a3f;
--p0:#b0b4ba;--p1:#ffca16;--p2:#d19dff;--p3:#3dd68c;--p4:#70b8ff}}
body{margin:2rem auto;max-width:62rem;padding:0 1rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,'PingFang SC','Microsoft YaHei',sans-serif}
h1{font-size:1.5rem;margin-bottom:.25rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{color:var(--dim);margin:.25rem 0 1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--dim);font-weight:500}
tr.ours td{font-weight:600}svg{width:100%;height:auto;display:block}
svg text{fill:var(--dim);font-size:12px}.grid{stroke:var(--line)}
.curve{fill:none;stroke-width:2}.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0}
.legend span::before{content:'';display:inline-block;width:1.2em;height:3px;vertical-align:middle;
margin-right:.4em;background:var(--c)}
";

/// The page of one world: this scenario and seed.
#[must_use]
pub fn page(scenario: &PlanScenario, seed: u64, graded: &[Graded]) -> String {
    let mut page = String::new();
    let name = escaped(&scenario.name);
    let _ = write!(
        page,
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Povline plan-bench {name}</title><style>{STYLE}</style>\
         <h1>轮询策略比较 Polling policies compared: {name}</h1>\
         <p>{}. {} POV × {} 天 days; {}; seed {seed}</p>",
        escaped(&scenario.about),
        scenario.povs,
        scenario.days,
        budget(scenario),
    );
    figures(&mut page, graded);
    legend(&mut page, graded);
    let titles = [
        "今天的清单 Today's lists",
        "明天的清单 Tomorrow's lists",
        "更远的清单 Later lists",
    ];
    for (tier, title) in titles.iter().enumerate() {
        let _ = write!(
            page,
            "<h2>{title}</h2><p>一天中的平均龄 Mean age over the day</p>"
        );
        let curves = curves(graded, |score| {
            let ages = score.ages().iter();
            ages.map(|at| (at.hour, at.mean[tier])).collect()
        });
        chart(&mut page, title, &curves, &AGES);
    }
    let _ = write!(
        page,
        "<h2>一次调用的价格 The price of a call</h2>\
         <p>一次调用须换回的加权延迟;平稳为好 \
         The weighted delay that a call must buy back; steady is good</p>"
    );
    let prices = curves(graded, |score| score.prices().to_vec());
    chart(&mut page, "price", &prices, &PRICES);
    page.push_str("</html>\n");
    page
}

fn budget(scenario: &PlanScenario) -> String {
    let by_day = scenario.calls_per_day;
    let by_day = by_day.map(|calls| format!("{calls} 次/天 calls a day"));
    let by_second = scenario.calls_per_second;
    let by_second = by_second.map(|rate| format!("{rate} 次/秒 a second"));
    let both: Vec<String> = [by_day, by_second].into_iter().flatten().collect();
    both.join(", ")
}

/// What a policy is called by people.
fn title(policy: PolicyName) -> &'static str {
    match policy {
        PolicyName::RoundRobin => "轮流 Round-robin",
        PolicyName::Tiers => "固定分级 Fixed tiers",
        PolicyName::ClassRoot => "类平均 Class averages",
        PolicyName::TrueRate => "真实速率 True rates",
        PolicyName::Learned => "本规划器 Povline, learned",
    }
}

fn colour(policy: PolicyName) -> usize {
    PolicyName::ALL
        .iter()
        .position(|known| *known == policy)
        .unwrap_or(0)
}

fn figures(page: &mut String, graded: &[Graded]) {
    let ours = graded
        .iter()
        .find(|graded| graded.policy == PolicyName::Learned)
        .map(Graded::weighted_mean);
    page.push_str(
        "<div class=\"wide\"><table><tr><th>策略 Policy<th>加权平均延迟 Mean delay<th>÷ 本规划器 \
         ours<th>今天 Today p50<th>p95<th>p99<th>其他 Ahead p95<th>最旧(今天) Oldest today<th>\
         最旧(其他) other<th>调用 Calls</tr>",
    );
    for graded in graded {
        let Some(score) = graded.scores.first() else {
            continue;
        };
        let mean = graded.weighted_mean();
        let (today, ahead) = (score.today(), score.ahead());
        let class = match graded.policy {
            PolicyName::Learned => " class=\"ours\"",
            _ => "",
        };
        let _ = write!(
            page,
            "<tr{class}><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
            title(graded.policy),
            duration(mean),
            ours.map_or(String::new(), |ours| format!("{:.2}", mean / ours)),
            duration(today.p50),
            duration(today.p95),
            duration(today.p99),
            duration(ahead.p95),
            duration(score.worst_today()),
            duration(score.worst_other()),
            score.calls(),
        );
    }
    page.push_str("</table></div>");
}

fn legend(page: &mut String, graded: &[Graded]) {
    page.push_str("<div class=\"legend\">");
    for graded in graded {
        let _ = write!(
            page,
            "<span style=\"--c:var(--p{})\">{}</span>",
            colour(graded.policy),
            title(graded.policy)
        );
    }
    page.push_str("</div>");
}

type Curve = (usize, Vec<(f64, f64)>);

fn curves(graded: &[Graded], points: impl Fn(&Score) -> Vec<(f64, f64)>) -> Vec<Curve> {
    let of = |graded: &Graded| {
        let points = graded.scores.first().map(&points)?;
        (!points.is_empty()).then(|| (colour(graded.policy), points))
    };
    graded.iter().filter_map(of).collect()
}

/// A logarithmic scale: where its lines are and what they say.
struct Scale {
    lines: &'static [(f64, &'static str)],
}

const AGES: Scale = Scale {
    lines: &[
        (10.0, "10 s"),
        (60.0, "1 min"),
        (300.0, "5 min"),
        (1_800.0, "30 min"),
        (7_200.0, "2 h"),
        (43_200.0, "12 h"),
    ],
};
const PRICES: Scale = Scale {
    lines: &[
        (1.0, "1"),
        (10.0, "10"),
        (100.0, "100"),
        (1_000.0, "1 k"),
        (10_000.0, "10 k"),
        (100_000.0, "100 k"),
    ],
};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 24.0;
/// Half of the last hour's label stands here.
const RIGHT: f64 = 24.0;

fn chart(page: &mut String, title: &str, curves: &[Curve], scale: &Scale) {
    let first = scale.lines.first().map_or(1.0, |line| line.0);
    let last = scale.lines.last().map_or(10.0, |line| line.0);
    let x = |hour: f64| LEFT + hour / 24.0 * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| {
        let part = (value.clamp(first, last) / first).ln() / (last / first).ln();
        (HEIGHT - BOTTOM) - part * (HEIGHT - BOTTOM - 8.0)
    };
    let _ = write!(
        page,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(title)
    );
    for (value, label) in scale.lines {
        let y = y(*value);
        let _ = write!(
            page,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
        );
    }
    for hour in (0..=24).step_by(3) {
        let _ = write!(
            page,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{hour:02}:00</text>",
            x(f64::from(hour)),
            HEIGHT - 6.0,
        );
    }
    for (colour, points) in curves {
        let _ = write!(
            page,
            "<polyline class=\"curve\" stroke=\"var(--p{colour})\" points=\""
        );
        for (hour, value) in points {
            let _ = write!(page, "{:.1},{:.1} ", x(*hour), y(*value));
        }
        page.push_str("\"/>");
    }
    page.push_str("</svg>");
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.1} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3_600.0)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
