//! Words of the ledger that people read.

use povline_client::{Field, RowFault, catalogue};
use povline_sync::scan::FOREIGN_ROW;
use povline_web::Language;

/// What came of reading a list, by the code of its verdict. A code that is not known is its own
/// word.
pub(crate) fn verdict(code: &str, language: Language) -> &str {
    let (chinese, english) = match code {
        "complete" => ("完整", "complete"),
        "agreed" => ("两遍一致", "agreed twice"),
        "other-page" => ("返回了别的页", "another page came"),
        "too-many-rows" => ("行数过多", "too many rows came"),
        "repeated-id" => ("预约号重复", "an appointment came twice"),
        "no-anchor" => ("页间无共同行", "two pages share no row"),
        "order-changed" => ("顺序变了", "the order changed"),
        "moved" => ("读取时有行移动", "a row moved meanwhile"),
        "end-in-doubt" => ("末尾不确定", "the end is in doubt"),
        "no-progress" => ("无法读到末尾", "the end was not reached"),
        "too-long" => ("清单过长", "the list is too long"),
        "unreadable-row" => ("有无法识别的记录", "a row cannot be read"),
        "foreign-row" => ("混入其他清单的记录", "a row of another list came"),
        "call-failed" => ("调用失败", "a call failed"),
        "passes-differ" => ("两遍不一致", "two passes differ"),
        other => (other, other),
    };
    language.pick(chinese, english)
}

/// What failed when the agent called the platform or read a list, by its class.
pub(crate) fn failure(class: &str, language: Language) -> &str {
    let (chinese, english) = match class {
        "connect" => ("无法连接", "no connection"),
        "timed-out" => ("应答超时", "no answer in time"),
        "broken" => ("连接中断", "the connection broke"),
        "idle-closed" => ("空闲连接已被关闭", "an idle connection was closed"),
        "too-large" => ("应答过大", "the answer was too large"),
        "refused" => ("平台拒绝", "the platform refused"),
        "call-limited" => ("被限流", "throttled"),
        "platform-error" => ("平台出错", "an error of the platform"),
        "business-failure" => ("业务失败", "a business failure"),
        "malformed-answer" => ("应答无法识别", "the answer cannot be read"),
        "ledger" => ("本机数据读写失败", "the local data failed"),
        "panicked" => ("读取程序异常", "the reading crashed"),
        "overtaken" => ("被更新的读取取代", "a newer reading came first"),
        code => return verdict(code, language),
    };
    language.pick(chinese, english)
}

/// What is wrong with a row in quarantine, of which the ledger keeps the English. What is not known is
/// its own word.
pub(crate) fn quarantine(reason: &str, language: Language) -> String {
    let chinese = match language {
        Language::Chinese => fault_in_chinese(reason),
        Language::English => None,
    };
    chinese.unwrap_or_else(|| reason.to_owned())
}

fn fault_in_chinese(reason: &str) -> Option<String> {
    if reason == FOREIGN_ROW {
        return Some("属于其他接种点或其他日".to_owned());
    }
    if reason == RowFault::NotAnObject.to_string() {
        return Some("不是一条记录".to_owned());
    }
    FIELDS.into_iter().find_map(|(field, name)| {
        let faults = [
            (RowFault::Missing(field), "缺失"),
            (RowFault::Unreadable(field), "无法识别"),
            (RowFault::Repeated(field), "重复出现"),
        ];
        let mut faults = faults.into_iter();
        let (_, words) = faults.find(|(fault, _)| fault.to_string() == reason)?;
        Some(format!("{name}({field}){words}"))
    })
}

/// The fields of a row, as people call them.
const FIELDS: [(Field, &str); 7] = [
    (Field::PickCode, "取号码"),
    (Field::OutPovId, "接种点编码"),
    (Field::PickStatus, "取号状态"),
    (Field::AppointmentPeriod, "预约时段"),
    (Field::AppointmentTime, "预约日期"),
    (Field::AppointmentId, "预约号"),
    (Field::Name, "姓名"),
];

/// What it means that the platform refuses something, and the words, code first, with which it does.
/// A code that is not known has no other words than those.
pub(crate) fn refusal(said: &str, language: Language) -> String {
    let code = said.split(' ').next().unwrap_or_default();
    let platform_code = || catalogue::platform_code(code.parse().ok()?);
    let meaning = catalogue::business_code(code)
        .map(|entry| entry.meaning)
        .or_else(|| catalogue::sub_code(code).map(|entry| entry.meaning))
        .or_else(|| platform_code().map(|entry| entry.meaning));
    match meaning {
        Some(meaning) => language.pick(
            format!("{}({said})", meaning.chinese),
            format!("{} ({said})", meaning.english),
        ),
        None => said.to_owned(),
    }
}
