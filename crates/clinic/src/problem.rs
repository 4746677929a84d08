//! What is answered when something cannot be done: what, and what to do about it, in both languages.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use povline_domain::{Day, UnixMillis};
use povline_store::StoreError;
use povline_web::Language;
use serde::Serialize;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nobody, or nobody who may.
    SignInFirst,
    /// Only at a device that was paired.
    PairFirst,
    /// At a public screen, at which nobody signs in.
    NotAtScreen,
    /// The list of this day is not read; the first and the last that are, if any.
    NotOpen(Option<(Day, Day)>),
    /// Signed in, and without the right.
    NotAllowed,
    /// The request was begun on another site's page.
    OtherSite,
    /// The pairing code is wrong or too old.
    WrongCode,
    /// The PIN is wrong.
    WrongPin,
    /// Too many wrong PINs.
    Locked(UnixMillis),
    /// Asked too often.
    TooOften(UnixMillis),
    /// There is no such appointment on that list.
    NotOnList,
    /// There is nothing of that kind, or not any more.
    Gone,
    /// It is about what was shown, and that is not so any more.
    Changed,
    /// A value cannot be read.
    Wrong(&'static str),
    /// The agent has too much to do.
    Busy,
    /// The ledger failed; the log says why.
    Broken,
}

/// Every word that [`Problem`] has for programs.
pub(crate) const WORDS: [&str; 16] = [
    "sign-in-first",
    "pair-first",
    "not-at-screen",
    "not-open",
    "not-allowed",
    "other-site",
    "wrong-code",
    "wrong-pin",
    "locked",
    "too-often",
    "not-on-list",
    "gone",
    "changed",
    "wrong-value",
    "busy",
    "broken",
];

#[derive(Serialize)]
struct Told {
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    again_at: Option<i64>,
}

impl Problem {
    fn word(&self) -> &'static str {
        match self {
            Self::SignInFirst => "sign-in-first",
            Self::PairFirst => "pair-first",
            Self::NotAtScreen => "not-at-screen",
            Self::NotOpen(_) => "not-open",
            Self::NotAllowed => "not-allowed",
            Self::OtherSite => "other-site",
            Self::WrongCode => "wrong-code",
            Self::WrongPin => "wrong-pin",
            Self::Locked(_) => "locked",
            Self::TooOften(_) => "too-often",
            Self::NotOnList => "not-on-list",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Wrong(_) => "wrong-value",
            Self::Busy => "busy",
            Self::Broken => "broken",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst | Self::PairFirst | Self::WrongPin | Self::WrongCode => {
                StatusCode::UNAUTHORIZED
            }
            Self::NotAllowed | Self::OtherSite | Self::NotAtScreen => StatusCode::FORBIDDEN,
            Self::Locked(_) | Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotOnList | Self::Gone => StatusCode::NOT_FOUND,
            Self::Changed => StatusCode::CONFLICT,
            Self::Wrong(_) | Self::NotOpen(_) => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened and what to do, in one language.
    pub(crate) fn text(&self, language: Language) -> String {
        let fixed = |chinese: &str, english: &str| language.pick(chinese, english).to_owned();
        match self {
            Self::SignInFirst => {
                fixed("请先登录,或检查令牌", "sign in first, or look at the token")
            }
            Self::PairFirst => fixed(
                "此设备尚未配对:向服务商索取配对码",
                "this device is not paired: ask for a pairing code",
            ),
            Self::NotAtScreen => fixed(
                "此设备是公共屏,不能登录:请在前台设备上登录",
                "this device is a public screen: sign in at a desk's device",
            ),
            Self::NotOpen(Some((first, last))) => language.pick(
                format!("不读取该日清单:只读取 {first} 至 {last}"),
                format!("the list of that day is not read: those from {first} to {last} are"),
            ),
            Self::NotOpen(None) => fixed(
                "没有应用读取此接种点的清单,请联系服务商",
                "no app reads this clinic's lists: call the vendor",
            ),
            Self::NotAllowed => fixed("您没有此权限", "you do not have this right"),
            Self::OtherSite => fixed(
                "请求来自其他网站的页面,已拒绝",
                "refused: the request was begun on another site's page",
            ),
            Self::WrongCode => fixed(
                "配对码不对或已过期:请重新索取",
                "the pairing code is wrong or too old: ask for a new one",
            ),
            Self::WrongPin => fixed("PIN 不对,请重试", "the PIN is wrong: try again"),
            Self::Locked(until) => language.pick(
                format!("PIN 错误次数过多,请在 {} 之后再试", clock(*until)),
                format!("too many wrong PINs: try again after {}", clock(*until)),
            ),
            Self::TooOften(until) => language.pick(
                format!("请求过于频繁,请在 {} 之后再试", clock(*until)),
                format!("asked too often: try again after {}", clock(*until)),
            ),
            Self::NotOnList => fixed(
                "当日清单中没有此预约:可能已改约或取消",
                "that list does not have this appointment: it may have been moved or cancelled",
            ),
            Self::Gone => fixed("没有此项,或已处理", "there is no such thing, or no longer"),
            Self::Changed => fixed(
                "清单已变化:请重新查看后再决定",
                "the list has changed: look again before you decide",
            ),
            Self::Wrong(field) => language.pick(
                format!("{field} 的值无法识别"),
                format!("the value of {field} cannot be read"),
            ),
            Self::Busy => fixed("正忙,请稍后再试", "busy: try again in a moment"),
            Self::Broken => fixed(
                "本机数据读写失败,请联系服务商",
                "the local data cannot be read or written: call the vendor",
            ),
        }
    }

    fn again_at(&self) -> Option<UnixMillis> {
        match self {
            Self::Locked(at) | Self::TooOften(at) => Some(*at),
            _ => None,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the ledger failed");
        Self::Broken
    }
}

/// For programs. Pages tell a problem in themselves.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let message = format!(
            "{} / {}",
            self.text(Language::Chinese),
            self.text(Language::English)
        );
        let told = Told {
            error: self.word(),
            message,
            again_at: self.again_at().map(|at| at.0),
        };
        (self.status(), Json(told)).into_response()
    }
}

/// The time of day of an instant: `08:14:03`.
pub(crate) fn clock(at: UnixMillis) -> String {
    let text = at.to_string();
    text.get(11..19).unwrap_or_default().to_owned()
}

/// The same, as templates call it.
pub(crate) fn clock_of(at: &UnixMillis) -> String {
    clock(*at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_every_word_that_they_may_meet() {
        let at = UnixMillis(0);
        let problems = [
            Problem::SignInFirst,
            Problem::PairFirst,
            Problem::NotAtScreen,
            Problem::NotOpen(None),
            Problem::NotAllowed,
            Problem::OtherSite,
            Problem::WrongCode,
            Problem::WrongPin,
            Problem::Locked(at),
            Problem::TooOften(at),
            Problem::NotOnList,
            Problem::Gone,
            Problem::Changed,
            Problem::Wrong("day"),
            Problem::Busy,
            Problem::Broken,
        ];
        assert_eq!(problems.map(|problem| problem.word()), WORDS);
    }
}
