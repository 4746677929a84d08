//! Whether parameters are as a method's definition says.

use super::arguments::Arguments;
use crate::api::ApiSpec;
use crate::{Params, PlatformError};

/// Checks what the definition says: that what is needed is there, that numbers and instants are
/// written as such, and that each keeps to its limit. Each method's own reading begins with this,
/// and goes on with what a definition cannot say: days, ids, periods. Whoever builds a call finds
/// out with it before the call is sent.
///
/// # Errors
/// As the platform would answer: 40 and 41 with the parameter's name, 50 with that of a member of
/// a complex parameter.
pub fn check(spec: &ApiSpec, params: &Params<'_>) -> Result<(), PlatformError> {
    Arguments::read(spec, params).map(|_| ())
}
