//! Making signed requests.

use povline_domain::{AppKey, UnixMillis};

use crate::blank::Blank;
pub use crate::blank::Filled;
use crate::{AnswerForm, Params, ParamsError, Secret, SignMethod};

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
        let (names, values): (Vec<&str>, Vec<&str>) = arguments.iter().copied().unzip();
        // The arguments as a platform would receive them: it is particular about their names.
        Params::from_pairs(names.iter().map(|name| (*name, "")))?;
        let filled = Blank::new(self, method, &names, form).fill("", &values, now);
        Ok(SignedRequest {
            query: filled.target,
            body: filled.body,
        })
    }
}
