//! What can go wrong with a call, in the protocol's own words.
//!
//! The words are those seen on the wire, down to their case: SDKs and the code of their users
//! compare them, and real clients cut the seconds of a ban out of its text.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::catalogue;

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The caller's: the same call will fail again.
    Caller,
    /// The platform's: nothing is wrong with the call.
    Platform,
}

/// Whether to try the same call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Not before something was changed.
    Never,
    /// Later, each time after a longer pause.
    Later,
    /// Once the ban that the answer speaks of has passed, and not earlier.
    AfterBan,
}

/// Which quota a caller has used up (sub codes of code 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallLimit {
    /// All calls of the API by everybody.
    Api,
    /// All calls of the app.
    App,
    /// The app's calls of this API.
    AppApi,
    /// A limit that the platform sets by its own load.
    Dynamic,
}

impl CallLimit {
    /// Every limit.
    pub const ALL: [Self; 4] = [Self::Api, Self::App, Self::AppApi, Self::Dynamic];

    /// The sub code that names this limit.
    #[must_use]
    pub fn sub_code(self) -> &'static str {
        match self {
            Self::Api => "accesscontrol.limited-by-api-access-count",
            Self::App => "accesscontrol.limited-by-app-access-count",
            Self::AppApi => "accesscontrol.limited-by-app-api-access-count",
            Self::Dynamic => "accesscontrol.limited-by-dynamic-access-count",
        }
    }
}

/// An `error_response`: the platform refuses the call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct PlatformError {
    /// The code; see [`catalogue`].
    pub code: i64,
    /// What the code means, as the wire says it.
    pub msg: Cow<'static, str>,
    /// What exactly is wrong.
    pub sub_code: Option<Cow<'static, str>>,
    /// The same in words.
    pub sub_msg: Option<Cow<'static, str>>,
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the platform refused the call: {} {}",
            self.code, self.msg
        )?;
        match (&self.sub_code, &self.sub_msg) {
            (Some(code), Some(message)) => write!(f, " ({code}: {message})"),
            (Some(only), None) | (None, Some(only)) => write!(f, " ({only})"),
            (None, None) => Ok(()),
        }
    }
}

impl PlatformError {
    /// The error of a code of the catalogue, with its message and nothing else. A code that the
    /// catalogue does not hold is told as 10, service unavailable.
    #[must_use]
    pub fn of_code(code: i64) -> Self {
        let entry = catalogue::platform_code(code).unwrap_or(&catalogue::UNAVAILABLE);
        Self {
            code: entry.code,
            msg: Cow::Borrowed(entry.message),
            sub_code: None,
            sub_msg: None,
        }
    }

    /// The same error with a sub code and its text.
    #[must_use]
    pub fn with_sub(
        mut self,
        sub_code: impl Into<Cow<'static, str>>,
        sub_msg: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.sub_code = Some(sub_code.into());
        self.sub_msg = Some(sub_msg.into());
        self
    }

    /// 40: a required parameter is missing.
    #[must_use]
    pub fn missing_argument(name: &str) -> Self {
        Self::naming(40, name)
    }

    /// 41: a parameter has the wrong type or form.
    #[must_use]
    pub fn invalid_argument(name: &str) -> Self {
        Self::naming(41, name)
    }

    /// 50, `isv.invalid-parameter`: a member of a request object is missing or cannot be, as the
    /// contract's error sample says it, followed by the member's name.
    #[must_use]
    pub fn invalid_parameter(member: &str) -> Self {
        Self::of_code(50).with_sub("isv.invalid-parameter", format!("非法参数:{member}"))
    }

    /// 50, `isv.missing-parameter`: the request object itself is missing.
    #[must_use]
    pub fn missing_parameter(name: &str) -> Self {
        Self::of_code(50).with_sub("isv.missing-parameter", format!("缺少必要的参数:{name}"))
    }

    /// 22: there is no such method.
    #[must_use]
    pub fn unknown_method() -> Self {
        Self::of_code(22)
    }

    /// 29: there is no such app. No sub message, as on the wire.
    #[must_use]
    pub fn unknown_app_key() -> Self {
        Self {
            sub_code: Some(Cow::Borrowed("isv.appkey-not-exists")),
            ..Self::of_code(29)
        }
    }

    /// 11, `isv.app-disabled`: the app exists, but the platform's operator has stopped it. For
    /// callers whose signature holds: they must ask the operator, not look for a typing error.
    #[must_use]
    pub fn app_disabled() -> Self {
        Self::insufficient_isv_permissions("isv.app-disabled", "应用已停用")
    }

    /// 27: the session is not valid.
    #[must_use]
    pub fn invalid_session() -> Self {
        Self::of_code(27).with_sub("invalid-sessionkey", "SessionKey非法")
    }

    /// 11: the app may not do this. The sub code says why (`isv.permission-api-package-empty`,
    /// `isv.permission-ip-whitelist-limit`, …).
    #[must_use]
    pub fn insufficient_isv_permissions(
        sub_code: impl Into<Cow<'static, str>>,
        sub_msg: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::of_code(11).with_sub(sub_code, sub_msg)
    }

    /// 11: the app's allow-list does not hold the caller's address.
    #[must_use]
    pub fn address_not_allowed(app_key: &str, allowed: &str, address: &str) -> Self {
        Self::insufficient_isv_permissions(
            "isv.permission-ip-whitelist-limit",
            format!(
                "The appkey {app_key} is only allowed to call from {allowed}, but your ip is {address}"
            ),
        )
    }

    /// 15: a service behind the platform refuses or fails. `isv.*` sub codes are the caller's to
    /// mend, `isp.*` ones pass.
    #[must_use]
    pub fn remote_service_error(
        sub_code: impl Into<Cow<'static, str>>,
        sub_msg: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::of_code(15).with_sub(sub_code, sub_msg)
    }

    /// 50, `isv.pov-not-exist`: the caller's ISV has no POV of this code, or the app no grant for
    /// it. The two look alike, so that nobody can find out which POVs others have.
    #[must_use]
    pub fn unknown_pov(out_pov_id: &str) -> Self {
        Self::of_code(50).with_sub(
            "isv.pov-not-exist",
            format!("接种点不存在或未授权:{out_pov_id}"),
        )
    }

    /// 11, `isv.pov-read-only`: the app may read this POV and may not write there. Whoever may not
    /// even read it gets [`unknown_pov`](Self::unknown_pov).
    #[must_use]
    pub fn pov_read_only(out_pov_id: &str) -> Self {
        Self::insufficient_isv_permissions(
            "isv.pov-read-only",
            format!("应用对接种点无写权限:{out_pov_id}"),
        )
    }

    /// 11, `isv.pov-read-only`: the app may not write at every POV of its ISV, and so not reset them
    /// all.
    #[must_use]
    pub fn reset_read_only() -> Self {
        Self::insufficient_isv_permissions(
            "isv.pov-read-only",
            "重置需要对服务商全部接种点的写授权",
        )
    }

    /// 7: the caller has used up a quota. The text never varies, not even for one second, because
    /// clients cut the number out of it.
    #[must_use]
    pub fn app_call_limited(limit: CallLimit, seconds: u64) -> Self {
        Self::of_code(7).with_sub(
            limit.sub_code(),
            format!("This ban will last for {seconds} more seconds"),
        )
    }

    /// 10: the platform cannot answer now.
    #[must_use]
    pub fn service_unavailable() -> Self {
        Self::of_code(10)
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.classify().0
    }

    /// Whether to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.classify().1
    }

    /// How long the ban of a [`Retry::AfterBan`] lasts, if the answer tells.
    #[must_use]
    pub fn ban_seconds(&self) -> Option<u64> {
        let text = self.sub_msg.as_deref()?;
        let (_, after) = text.split_once("will last for ")?;
        after.split_ascii_whitespace().next()?.parse().ok()
    }

    /// The sub code is the more exact one where it is known; then the code; an unknown code above
    /// 100 is an API's own, the caller's to read up.
    fn classify(&self) -> (Fault, Retry) {
        if let Some(sub) = self.sub_code.as_deref().and_then(catalogue::sub_code) {
            return (sub.fault, sub.retry);
        }
        match catalogue::platform_code(self.code) {
            Some(entry) => (entry.fault, entry.retry),
            None => (Fault::Caller, Retry::Never),
        }
    }

    fn naming(code: i64, name: &str) -> Self {
        let bare = Self::of_code(code);
        Self {
            msg: Cow::Owned(format!("{}:{name}", bare.msg)),
            ..bare
        }
    }
}

/// `result.success=false` inside a good answer: the call was well made, and the service behind it
/// failed. It says nothing about which appointments there are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the service failed: {msg_code} {msg_info}")]
pub struct BusinessFailure {
    /// The failure's code, `FAIL_BIZ_500` for instance; empty if none was told.
    pub msg_code: Cow<'static, str>,
    /// The same in words.
    pub msg_info: Cow<'static, str>,
}

impl BusinessFailure {
    /// The contract's own: `FAIL_BIZ_500`, 系统繁忙,请稍后重试.
    #[must_use]
    pub fn busy() -> Self {
        Self::of(&catalogue::business_codes::BUSY)
    }

    /// A failure of the catalogue.
    #[must_use]
    pub fn of(entry: &catalogue::BusinessCode) -> Self {
        Self {
            msg_code: Cow::Borrowed(entry.code),
            msg_info: Cow::Borrowed(entry.meaning.chinese),
        }
    }

    /// Whose fault it is: the platform's, unless the code says 4xx in the manner of the
    /// contract's `FAIL_BIZ_500`, or is the category's own for a telephone number.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let telephone = catalogue::business_codes::TELEPHONE.code;
        if self.msg_code.starts_with("FAIL_BIZ_4") || self.msg_code == telephone {
            Fault::Caller
        } else {
            Fault::Platform
        }
    }

    /// Whether to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self.fault() {
            Fault::Caller => Retry::Never,
            Fault::Platform => Retry::Later,
        }
    }
}
