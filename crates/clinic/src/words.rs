//! Words of the ledger that people read.

use povline_client::catalogue;
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
