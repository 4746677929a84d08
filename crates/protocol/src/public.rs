//! The public parameters, which every call carries beside its method's own.
//!
//! Each check is a step of its own that yields the protocol's error, so that a gateway can take
//! them in its documented order: method, app_key, v, timestamp, format and sign_method, sign,
//! session. An empty value of a public parameter counts as absent, as PHP and C send it.

use povline_domain::{AppKey, UnixMillis};

use crate::api::{ApiSpec, FieldSpec, Limit};
use crate::catalogue::Bilingual;
use crate::sign::{self, Secret};
use crate::{AnswerForm, Params, PlatformError, SignMethod, timestamp};

/// The definition of one public parameter: what is parsed, documented and described for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicSpec {
    /// What a method's own parameter is described by, too. It is required if there is a code for
    /// its absence.
    pub field: FieldSpec,
    /// The code of the error if it is absent; `None` if it may be.
    pub missing: Option<i64>,
    /// The values that it may have, in any case of letters; empty if they cannot be listed.
    pub words: &'static [&'static str],
    /// What its absence means; empty if nothing.
    pub default: &'static str,
}

impl PublicSpec {
    const fn new(name: &'static str, missing: Option<i64>, description: Bilingual) -> Self {
        Self {
            field: FieldSpec {
                name,
                kind: "String",
                required: missing.is_some(),
                sample: "",
                limit: Limit::None,
                description,
                children: &[],
            },
            missing,
            words: &[],
            default: "",
        }
    }

    const fn sample(mut self, sample: &'static str) -> Self {
        self.field.sample = sample;
        self
    }

    const fn words(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    const fn or(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    /// Whether a call of this method must carry it: what every call must, and a session where the
    /// method needs one.
    #[must_use]
    pub fn is_needed_by(&self, spec: &ApiSpec) -> bool {
        self.field.required || (spec.needs_session && self.field.name == SESSION.field.name)
    }

    /// Whether this is one of the values that it may have.
    fn takes(&self, value: &str) -> bool {
        let mut words = self.words.iter();
        self.words.is_empty() || words.any(|word| word.eq_ignore_ascii_case(value))
    }
}

const fn text(chinese: &'static str, english: &'static str) -> Bilingual {
    Bilingual { chinese, english }
}

const METHOD: PublicSpec =
    PublicSpec::new("method", Some(21), text("API名称", "The method's name"));
const APP_KEY: PublicSpec =
    PublicSpec::new("app_key", Some(28), text("应用的AppKey", "The app's key")).sample("12345678");
const SIGN_METHOD: PublicSpec = PublicSpec::new(
    "sign_method",
    None,
    text(
        "签名方法:推荐hmac-sha256",
        "How the call is signed; hmac-sha256 is best",
    ),
)
.sample(SignMethod::HmacSha256.word())
.words(&[
    SignMethod::Md5.word(),
    SignMethod::Hmac.word(),
    SignMethod::HmacSha256.word(),
])
.or(SignMethod::Md5.word());
const SIGN: PublicSpec = PublicSpec::new(
    "sign",
    Some(24),
    text(
        "签名,大写十六进制",
        "The signature, in upper-case hexadecimal",
    ),
);
/// What to do for a session, where a method needs one.
pub const SESSION_REMEDY: Bilingual = text(
    "会话属于应用:请向平台运营方申请(povline app session create),失效后另行申请",
    "A session belongs to an app: ask the platform's operator for one (povline app session create), and for another once it is over",
);

const SESSION: PublicSpec = PublicSpec::new(
    "session",
    None,
    text(
        "授权令牌,仅当API需要授权时必填",
        "The session; needed only where the method says so",
    ),
);
const TIMESTAMP: PublicSpec = PublicSpec::new(
    "timestamp",
    Some(30),
    text(
        "yyyy-MM-dd HH:mm:ss,时区GMT+8,误差不超过10分钟;也可为秒或毫秒时间戳",
        "yyyy-MM-dd HH:mm:ss at GMT+8, at most ten minutes off; or seconds or milliseconds since 1970",
    ),
)
.sample("2021-01-18 08:00:00");
const FORMAT: PublicSpec =
    PublicSpec::new("format", None, text("响应格式", "The form of the answer"))
        .sample(AnswerForm::Json.format_value())
        .words(&[
            AnswerForm::Xml.format_value(),
            AnswerForm::Json.format_value(),
        ])
        .or(AnswerForm::Xml.format_value());
const V: PublicSpec = PublicSpec::new("v", Some(32), text("协议版本", "The protocol's version"))
    .sample("2.0")
    .words(&["2.0"]);
const SIMPLIFY: PublicSpec = PublicSpec::new(
    "simplify",
    None,
    text(
        "精简JSON:无外层,列表为数组;仅当format=json",
        "JSON without its root and with plain lists; with format=json alone",
    ),
)
.sample("false")
.words(&["true", "false"])
.or("false");
const PARTNER_ID: PublicSpec = PublicSpec::new(
    "partner_id",
    None,
    text("调用方标识", "What the caller says it is"),
);
const TARGET_APP_KEY: PublicSpec = PublicSpec::new(
    "target_app_key",
    None,
    text(
        "被调用方的AppKey,仅第三方API需要;本平台没有,不作处理",
        "The called party's app key, for methods of third parties; this platform has none and ignores it",
    ),
);

/// A view of a request's public parameters.
#[derive(Debug, Clone, Copy)]
pub struct PublicParams<'p> {
    params: &'p Params<'p>,
}

impl<'p> PublicParams<'p> {
    /// The public parameters, in the order in which the documentation has them; all others are the
    /// method's own.
    pub const ALL: [PublicSpec; 11] = [
        METHOD,
        APP_KEY,
        SIGN_METHOD,
        SIGN,
        SESSION,
        TIMESTAMP,
        FORMAT,
        V,
        SIMPLIFY,
        PARTNER_ID,
        TARGET_APP_KEY,
    ];

    /// Whether a parameter of this name is a public one.
    #[must_use]
    pub fn has(name: &str) -> bool {
        Self::ALL.iter().any(|spec| spec.field.name == name)
    }

    /// Looks at a request's parameters.
    #[must_use]
    pub fn of(params: &'p Params<'_>) -> Self {
        Self { params }
    }

    /// All of the request's parameters.
    #[must_use]
    pub fn params(self) -> &'p Params<'p> {
        self.params
    }

    /// The form in which this request's errors are written: JSON if it asks for JSON, else XML.
    /// It never fails, because every failure needs it.
    #[must_use]
    pub fn error_form(self) -> AnswerForm {
        match self.optional(&FORMAT) {
            Some(format) if format.eq_ignore_ascii_case("json") => AnswerForm::Json,
            _ => AnswerForm::Xml,
        }
    }

    /// The method that is called.
    ///
    /// # Errors
    /// 21 if it is missing. Whether it exists (22) is for whoever knows the methods.
    pub fn method(self) -> Result<&'p str, PlatformError> {
        self.required(&METHOD)
    }

    /// The app that calls.
    ///
    /// # Errors
    /// 28 if it is missing, 29 if it cannot be the key of any app.
    pub fn app_key(self) -> Result<AppKey, PlatformError> {
        let key = self.required(&APP_KEY)?;
        AppKey::new(key).map_err(|_| PlatformError::unknown_app_key())
    }

    /// Checks the version of the protocol, which is `2.0`.
    ///
    /// # Errors
    /// 32 if it is missing, 33 if it is not a number, 34 if it is another one.
    pub fn check_version(self) -> Result<(), PlatformError> {
        let version = self.required(&V)?;
        match version {
            _ if V.takes(version) => Ok(()),
            _ if version.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                Err(PlatformError::of_code(34))
            }
            _ => Err(PlatformError::of_code(33)),
        }
    }

    /// When the request was made, if that is within ten minutes of `now`.
    ///
    /// # Errors
    /// 30 if the timestamp is missing, 31 if it has none of the three forms or is too far off.
    pub fn timestamp(self, now: UnixMillis) -> Result<UnixMillis, PlatformError> {
        let text = self.required(&TIMESTAMP)?;
        timestamp::parse(text)
            .filter(|instant| timestamp::is_current(*instant, now))
            .ok_or_else(|| PlatformError::of_code(31))
    }

    /// The form in which the answer is asked for. Without `format` it is XML; `simplify` counts
    /// for JSON alone.
    ///
    /// # Errors
    /// 23 if `format` names neither, 41 if `simplify` is not a boolean.
    pub fn answer_form(self) -> Result<AnswerForm, PlatformError> {
        let format = self.required(&FORMAT)?;
        if !FORMAT.takes(format) {
            return Err(PlatformError::of_code(23));
        }
        if !format.eq_ignore_ascii_case(AnswerForm::Json.format_value()) {
            return Ok(AnswerForm::Xml);
        }
        let simplify = self.required(&SIMPLIFY)?;
        if !SIMPLIFY.takes(simplify) {
            return Err(PlatformError::invalid_argument(SIMPLIFY.field.name));
        }
        match simplify.eq_ignore_ascii_case("true") {
            true => Ok(AnswerForm::SimplifiedJson),
            false => Ok(AnswerForm::Json),
        }
    }

    /// How the request is signed. Without `sign_method` it is MD5, as it was before there was a
    /// choice.
    ///
    /// # Errors
    /// 41 if there is no such method.
    pub fn sign_method(self) -> Result<SignMethod, PlatformError> {
        let word = self.required(&SIGN_METHOD)?;
        SignMethod::from_word(word)
            .filter(|_| SIGN_METHOD.takes(word))
            .ok_or_else(|| PlatformError::invalid_argument(SIGN_METHOD.field.name))
    }

    /// The signature, not yet checked.
    ///
    /// # Errors
    /// 24 if it is missing.
    pub fn signature(self) -> Result<&'p str, PlatformError> {
        self.required(&SIGN)
    }

    /// Checks the signature against the app's live secrets (two during a rotation).
    ///
    /// # Errors
    /// 24 if there is none, 41 for an unknown `sign_method`, 25 if none of the secrets made it.
    pub fn check_signature(self, secrets: &[Secret]) -> Result<(), PlatformError> {
        let method = self.sign_method()?;
        let signature = self.signature()?;
        let holds = secrets
            .iter()
            .any(|secret| sign::verify(method, secret, self.params, signature));
        if holds {
            Ok(())
        } else {
            Err(PlatformError::of_code(25))
        }
    }

    /// The session (access token), if one was sent. Which methods need one their documentation
    /// says; [`PlatformError::of_code`] 26 and 27 are the errors.
    #[must_use]
    pub fn session(self) -> Option<&'p str> {
        self.optional(&SESSION)
    }

    /// What the caller says it is: an SDK and its version, mostly.
    #[must_use]
    pub fn partner_id(self) -> Option<&'p str> {
        self.optional(&PARTNER_ID)
    }

    /// The app key of the called party, for methods that a third party provides.
    #[must_use]
    pub fn target_app_key(self) -> Option<&'p str> {
        self.optional(&TARGET_APP_KEY)
    }

    /// A value, the given one or what its absence means.
    fn required(self, spec: &PublicSpec) -> Result<&'p str, PlatformError> {
        match (self.optional(spec), spec.missing) {
            (Some(value), _) => Ok(value),
            (None, Some(code)) => Err(PlatformError::of_code(code)),
            (None, None) => Ok(spec.default),
        }
    }

    fn optional(self, spec: &PublicSpec) -> Option<&'p str> {
        let value = self.params.get(spec.field.name);
        value.filter(|value| !value.is_empty())
    }
}
