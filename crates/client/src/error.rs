//! How a call can fail: what happened, whose fault it is, and whether to try again.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use povline_protocol::decode::DecodeError;
use povline_protocol::{BusinessFailure, CallLimit, ParamsError, PlatformError, Retry, catalogue};
use thiserror::Error;

use crate::transport::{TransportError, TransportFault};

/// A failed call. Whatever its kind, it never means that there are no appointments.
#[derive(Debug)]
pub enum CallError {
    /// The call cannot be written as a request.
    Request(ParamsError),
    /// No whole answer came.
    Transport(TransportError),
    /// The platform refused the call with an `error_response`.
    Platform {
        /// Why.
        error: PlatformError,
        /// The id under which the platform has logged the call.
        request_id: Option<String>,
    },
    /// The platform answered, and its `result` says `success=false`.
    Business {
        /// Why.
        failure: BusinessFailure,
        /// The id under which the platform has logged the call.
        request_id: Option<String>,
    },
    /// What came is not an answer of the Taobao Open Platform.
    Malformed(MalformedAnswer),
}

/// An answer that is none. Its content is not told: it may hold patients' data.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MalformedAnswer {
    /// TOP answers with HTTP 200 always; another status comes from a proxy or a wrong address.
    #[error("the answer has HTTP status {0}, where the platform always sends 200")]
    Status(u16),
    /// A web page, such as a proxy's or a login's.
    #[error("the answer is a web page, such as a proxy sends")]
    WebPage,
    /// It is not the document that was asked for.
    #[error(transparent)]
    Document(#[from] DecodeError),
}

/// Who can remove the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The caller: its parameters, key, secret, clock, permissions or pace.
    Caller,
    /// The platform.
    Platform,
    /// The network between them, proxies included.
    Network,
}

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// At once, once, on a new connection.
    RetryNow,
    /// After a pause that grows with every failure.
    RetryLater,
    /// Not before the ban is over. This is no failure of the call.
    WaitFor(Ban),
    /// Never, until a person has changed something.
    Stop,
}

/// A ban for calling too often (code 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ban {
    /// What is banned.
    pub scope: BanScope,
    /// How long, counted from the answer. One second more than the platform says, because what it
    /// says is rounded.
    pub lasts: Duration,
}

/// What a ban holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BanScope {
    /// Every call of this app.
    App,
    /// This method alone.
    Method,
}

/// How long to wait for a ban whose length the answer does not tell.
const BAN_UNKNOWN: Duration = Duration::from_secs(60);

impl CallError {
    /// Who can remove the cause.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let of_platform = |fault| match fault {
            povline_protocol::Fault::Caller => Fault::Caller,
            povline_protocol::Fault::Platform => Fault::Platform,
        };
        match self {
            Self::Request(_) => Fault::Caller,
            Self::Transport(_)
            | Self::Malformed(MalformedAnswer::Status(_) | MalformedAnswer::WebPage) => {
                Fault::Network
            }
            Self::Platform { error, .. } => of_platform(error.fault()),
            Self::Business { failure, .. } => of_platform(failure.fault()),
            Self::Malformed(MalformedAnswer::Document(_)) => Fault::Platform,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Request(_) => Advice::Stop,
            Self::Transport(error) => match error.fault() {
                TransportFault::IdleClosed => Advice::RetryNow,
                TransportFault::TooLarge => Advice::Stop,
                TransportFault::Connect | TransportFault::TimedOut | TransportFault::Broken => {
                    Advice::RetryLater
                }
            },
            Self::Platform { error, .. } => match error.retry() {
                Retry::AfterBan => Advice::WaitFor(ban(error)),
                retry => retry_or_stop(retry),
            },
            Self::Business { failure, .. } => retry_or_stop(failure.retry()),
            Self::Malformed(_) => Advice::RetryLater,
        }
    }

    /// The ban, if the platform has banned us.
    #[must_use]
    pub fn ban(&self) -> Option<Ban> {
        match self.advice() {
            Advice::WaitFor(ban) => Some(ban),
            _ => None,
        }
    }

    /// What the tables tell of the platform's refusal, as exactly as its codes do: its meaning and its
    /// remedy, in two languages. `None` if it was not the platform that spoke, or of no code that
    /// they list.
    #[must_use]
    pub fn meaning(&self) -> Option<catalogue::Meaning> {
        match self {
            Self::Platform { error, .. } => {
                catalogue::meaning_of(&error.code.to_string(), error.sub_code.as_deref())
            }
            Self::Business { failure, .. } => catalogue::meaning_of(&failure.msg_code, None),
            _ => None,
        }
    }

    /// The id under which the platform has logged the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Platform { request_id, .. } | Self::Business { request_id, .. } => {
                request_id.as_deref()
            }
            _ => None,
        }
    }

    /// What the platform says of its refusal, as it says it: its code, its text, and the id under which
    /// it has logged the call. `None` if it was not the platform that spoke.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        let said = match self {
            Self::Platform { error, .. } => {
                let text = error.sub_msg.as_ref().unwrap_or(&error.msg);
                match &error.sub_code {
                    Some(code) => format!("{code} {text}"),
                    None => format!("{} {text}", error.code),
                }
            }
            Self::Business { failure, .. } => format!("{} {}", failure.msg_code, failure.msg_info),
            _ => return None,
        };
        let said = Plain(said);
        Some(match self.request_id() {
            Some(request_id) => format!("{said}, request_id {}", Plain(request_id)),
            None => said.to_string(),
        })
    }

    /// A short stable word for the class of the error, for metrics and summaries.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Request(_) => "refused",
            Self::Transport(error) => error.fault().word(),
            Self::Platform { .. } if self.ban().is_some() => "call-limited",
            Self::Platform { .. } if self.fault() == Fault::Caller => "refused",
            Self::Platform { .. } => "platform-error",
            Self::Business { .. } => "business-failure",
            Self::Malformed(_) => "malformed-answer",
        }
    }
}

fn retry_or_stop(retry: Retry) -> Advice {
    match retry {
        Retry::Later => Advice::RetryLater,
        Retry::Never | Retry::AfterBan => Advice::Stop,
    }
}

fn ban(error: &PlatformError) -> Ban {
    let of_method = [CallLimit::Api, CallLimit::AppApi].map(CallLimit::sub_code);
    let sub_code = error.sub_code.as_deref();
    let scope = match sub_code {
        Some(sub_code) if of_method.contains(&sub_code) => BanScope::Method,
        _ => BanScope::App,
    };
    let lasts = error.ban_seconds().map_or(BAN_UNKNOWN, |seconds| {
        Duration::from_secs(seconds.saturating_add(1))
    });
    Ban { scope, lasts }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(_) => f.write_str("the call cannot be written as a request"),
            Self::Transport(error) => error.fmt(f),
            Self::Platform { error, .. } => write!(f, "{}", Plain(error)),
            Self::Business { failure, .. } => write!(f, "{}", Plain(failure)),
            Self::Malformed(answer) => answer.fmt(f),
        }?;
        match self.request_id() {
            Some(request_id) => write!(f, ", request_id {}", Plain(request_id)),
            None => Ok(()),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Request(error) => Some(error),
            Self::Transport(error) => error.source(),
            _ => None,
        }
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<MalformedAnswer> for CallError {
    fn from(answer: MalformedAnswer) -> Self {
        Self::Malformed(answer)
    }
}

impl From<DecodeError> for CallError {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(MalformedAnswer::Document(error))
    }
}

/// A server's text made safe for a terminal and a log: no control characters, not endless.
struct Plain<T>(T);

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHARACTERS_MAX: usize = 300;
        let text = self.0.to_string();
        let shown = text.chars().take(CHARACTERS_MAX);
        let shown = shown.map(|c| if c.is_control() { ' ' } else { c });
        f.write_str(&shown.collect::<String>())?;
        match text.chars().nth(CHARACTERS_MAX) {
            Some(_) => f.write_str("…"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(error: PlatformError) -> CallError {
        CallError::Platform {
            error,
            request_id: None,
        }
    }

    #[test]
    fn each_class_says_whose_fault_it_is_and_what_to_do() {
        let transport = |fault| CallError::Transport(TransportError::new(fault));
        let remote = |sub_code| platform(PlatformError::remote_service_error(sub_code, "x"));
        let busy = CallError::Business {
            failure: BusinessFailure::busy(),
            request_id: None,
        };
        let (later, stop) = (Advice::RetryLater, Advice::Stop);
        let cases = [
            (transport(TransportFault::TimedOut), Fault::Network, later),
            (
                transport(TransportFault::IdleClosed),
                Fault::Network,
                Advice::RetryNow,
            ),
            (remote("isp.remote-service-error"), Fault::Platform, later),
            (remote("isv.invalid-permission"), Fault::Caller, stop),
            (platform(PlatformError::of_code(10)), Fault::Platform, later),
            (platform(PlatformError::of_code(25)), Fault::Caller, stop),
            (
                platform(PlatformError::invalid_parameter("day")),
                Fault::Caller,
                stop,
            ),
            (
                platform(PlatformError::unknown_app_key()),
                Fault::Caller,
                stop,
            ),
            (
                platform(PlatformError::missing_argument("x")),
                Fault::Caller,
                stop,
            ),
            (busy, Fault::Platform, later),
            (MalformedAnswer::WebPage.into(), Fault::Network, later),
            (DecodeError::Empty.into(), Fault::Platform, later),
        ];
        for (error, fault, advice) in cases {
            assert_eq!((error.fault(), error.advice()), (fault, advice), "{error}");
        }
    }

    #[test]
    fn a_ban_is_as_long_as_the_platform_says_and_one_second() {
        let ban = |limit, seconds| {
            let ban = platform(PlatformError::app_call_limited(limit, seconds)).ban();
            ban.map(|ban| (ban.scope, ban.lasts.as_secs()))
        };
        assert_eq!(ban(CallLimit::Api, 1), Some((BanScope::Method, 2)));
        assert_eq!(ban(CallLimit::AppApi, 1), Some((BanScope::Method, 2)));
        assert_eq!(ban(CallLimit::App, 31_062), Some((BanScope::App, 31_063)));
        assert_eq!(ban(CallLimit::Dynamic, 5), Some((BanScope::App, 6)));
        let endless = ban(CallLimit::App, u64::MAX);
        assert_eq!(endless, Some((BanScope::App, u64::MAX)));
        let unsaid = platform(PlatformError::of_code(7)).ban();
        assert_eq!(unsaid.map(|ban| ban.lasts.as_secs()), Some(60));
    }

    #[test]
    fn a_refusal_is_told_in_the_platforms_own_words() {
        let said = |error: PlatformError| platform(error).said();
        let refused = CallError::Business {
            failure: BusinessFailure::of(&catalogue::business_codes::CANCELLED),
            request_id: Some("abc".to_owned()),
        };
        assert_eq!(
            refused.said().as_deref(),
            Some("FAIL_BIZ_410 预约已取消, request_id abc")
        );
        assert_eq!(
            said(PlatformError::pov_read_only("00001")).as_deref(),
            Some("isv.pov-read-only 应用对接种点无写权限:00001")
        );
        assert_eq!(
            said(PlatformError::of_code(25)).as_deref(),
            Some("25 Invalid signature")
        );
        assert_eq!(CallError::from(DecodeError::Empty).said(), None);
    }

    #[test]
    fn texts_of_a_server_cannot_write_to_the_terminal() {
        let error = PlatformError::remote_service_error("isv.x\u{1b}[2J", "长".repeat(400));
        let text = platform(error).to_string();
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(text.ends_with("长…"), "{text}");
    }
}
