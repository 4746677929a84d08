//! Making signed requests.

use povline_domain::{AppKey, UnixMillis};

use crate::form_writer::FormWriter;
use crate::sign;
use crate::{AnswerForm, Params, ParamsError, Secret, SignMethod, timestamp};

/// The `Content-Type` of a request's body.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// The path at which a TOP gateway takes calls.
pub const PATH: &str = "/router/rest";

/// Who calls, and how the calls are signed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The app's key.
    pub app_key: AppKey,
    /// Its secret.
    pub secret: Secret,
    /// How to sign.
    pub sign_method: SignMethod,
    /// The session, for methods that need one.
    pub session: Option<Secret>,
    /// What the caller says it is, if anything.
    pub partner_id: Option<String>,
}

/// A request ready to be sent: `POST` with the public parameters in the query and the method's
/// own in the body, as the Java SDK does it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The query, without `?`.
    pub query: String,
    /// The body, of type [`CONTENT_TYPE`].
    pub body: String,
}

/// Signatures and sessions stay out of logs.
impl std::fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedRequest").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Credentials that sign with HMAC-SHA-256, the strongest way.
    #[must_use]
    pub fn new(app_key: AppKey, secret: Secret) -> Self {
        Self {
            app_key,
            secret,
            sign_method: SignMethod::HmacSha256,
            session: None,
            partner_id: None,
        }
    }

    /// Signs a call of any method. A public parameter among `arguments` (`format` or `timestamp`,
    /// say) takes the place of the one that would be sent; `sign` cannot be given. Empty values
    /// are sent and signed.
    ///
    /// # Errors
    /// [`ParamsError`] if an argument's name stands twice or is too long, or there are too many.
    pub fn sign(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
        form: AnswerForm,
        now: UnixMillis,
    ) -> Result<SignedRequest, ParamsError> {
        let now = timestamp::format(now);
        let own = [
            ("app_key", Some(self.app_key.as_str())),
            ("method", Some(method)),
            ("v", Some("2.0")),
            ("timestamp", Some(now.as_str())),
            ("partner_id", self.partner_id.as_deref()),
            ("format", Some(form.format_value())),
            (
                "simplify",
                (form == AnswerForm::SimplifiedJson).then_some("true"),
            ),
            ("sign_method", Some(self.sign_method.word())),
            ("session", self.session.as_ref().map(Secret::reveal)),
        ];
        let given = Params::from_pairs(arguments.iter().copied())?;
        let mut all: Vec<(&str, &str)> = Vec::with_capacity(own.len() + arguments.len());
        all.extend(
            own.into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .filter(|(name, _)| given.get(name).is_none()),
        );
        let public = all.len();
        all.extend(arguments.iter().filter(|(name, _)| *name != "sign"));
        let sign_method = given
            .get("sign_method")
            .and_then(SignMethod::from_word)
            .unwrap_or(self.sign_method);
        let signature = sign::sign(sign_method, &self.secret, &all, b"");

        let (public, arguments) = all.split_at(public);
        let mut query = FormWriter::with_capacity(320);
        for (name, value) in public {
            query.pair(name, value);
        }
        query.pair("sign", &signature);
        let mut body = FormWriter::with_capacity(192);
        for (name, value) in arguments {
            body.pair(name, value);
        }
        Ok(SignedRequest {
            query: query.finish(),
            body: body.finish(),
        })
    }
}
