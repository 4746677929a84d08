//! Which refusals a method's call may get.

use crate::PlatformError;
use crate::api::{ApiSpec, Refusal};
use crate::catalogue::BusinessCode;
use crate::catalogue::business_codes::BUSY;

/// What any call may be refused with, whatever its method: by its way in, its app's rights and
/// quotas, and the state of the platform.
pub(crate) const COMMON: &[Refusal] = &[
    refusal(7, "accesscontrol.limited-by-api-access-count"),
    refusal(7, "accesscontrol.limited-by-app-access-count"),
    refusal(7, "accesscontrol.limited-by-app-api-access-count"),
    refusal(9, ""),
    refusal(11, "isv.app-disabled"),
    refusal(11, "isv.permission-ip-whitelist-limit"),
    refusal(15, "isp.top-remote-service-unavailable"),
    refusal(22, ""),
    refusal(23, ""),
    refusal(24, ""),
    refusal(25, ""),
    // What is wrong with the signature is told in a sandbox alone.
    refusal(25, "isv.invalid-signature"),
    refusal(28, ""),
    refusal(29, "isv.appkey-not-exists"),
    refusal(30, ""),
    refusal(31, ""),
    refusal(32, ""),
    refusal(33, ""),
    refusal(34, ""),
    // Of `simplify` and `sign_method`, and of a name that stands twice.
    refusal(41, ""),
    refusal(43, "isv.invalid-parameter"),
    refusal(47, ""),
];

/// What a call may be refused with for its session, if its method needs one.
const OF_SESSIONS: &[Refusal] = &[refusal(26, ""), refusal(27, "invalid-sessionkey")];

/// A parameter is missing.
const MISSING: Refusal = refusal(40, "");
/// The object that holds the parameters is missing.
const MISSING_OBJECT: Refusal = refusal(50, "isv.missing-parameter");
/// A member of the object is missing or cannot be.
const MEMBER: Refusal = refusal(50, "isv.invalid-parameter");

/// The app's ISV has no such POV, or the app no grant for it.
pub(crate) const UNKNOWN_POV: Refusal = refusal(50, "isv.pov-not-exist");
/// The app may read the POV and not write there.
pub(crate) const READ_ONLY: Refusal = refusal(11, "isv.pov-read-only");

/// A kind of refusal; no sub code if it is empty.
pub(crate) const fn refusal(code: i64, sub_code: &'static str) -> Refusal {
    Refusal { code, sub_code }
}

impl Refusal {
    /// Whether an error is of this kind.
    #[must_use]
    pub fn is(&self, error: &PlatformError) -> bool {
        let sub_code = error.sub_code.as_deref().unwrap_or_default();
        let kind = sub_code.split_once(':').map_or(sub_code, |(kind, _)| kind);
        self.code == error.code && self.sub_code == kind
    }
}

impl ApiSpec {
    /// Everything that a call of this method may be refused with, by code: what any call may, what
    /// follows from its parameters and its session, and the method's own.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        let mut all = COMMON.to_vec();
        if self.needs_session {
            all.extend(OF_SESSIONS);
        }
        for field in self.request {
            let is_object = !field.children.is_empty();
            // Members of an object may also stand by themselves.
            if field.needs_value() {
                all.push(MISSING);
            }
            if field.needs_value() && is_object {
                all.push(MISSING_OBJECT);
            }
            if is_object {
                all.push(MEMBER);
            }
        }
        all.extend(self.refusals);
        all.sort_by_key(|one| (one.code, one.sub_code));
        all.dedup();
        all
    }

    /// Every way in which its service may fail.
    #[must_use]
    pub fn failures(&self) -> Vec<&'static BusinessCode> {
        std::iter::once(&BUSY)
            .chain(self.failures.iter().copied())
            .collect()
    }
}
