//! The identifiers of the field.

use std::fmt;

use crate::text::checked_text;

checked_text! {
    /// The key under which an ISV's application calls. It is public; only its secret is not.
    pub struct AppKey, bytes_max = 64, debug = |key, f| write!(f, "AppKey({})", key.as_str())
}

checked_text! {
    /// The ISV's own code for a point of vaccination (contract: `out_pov_id`, 外部povId).
    ///
    /// Two ISVs may both have a "00001": the code means something only together with the ISV
    /// whose app key signs the call.
    pub struct OutPovId, bytes_max = 64, debug = |id, f| write!(f, "OutPovId({})", id.as_str())
}

checked_text! {
    /// The id of an appointment, unique across the platform (contract: 接种预约Id,全局唯一).
    pub struct AppointmentId, bytes_max = 64, debug = |id, f| write!(f, "AppointmentId({})", id.as_str())
}

checked_text! {
    /// The code with which a vaccinee takes a number at the clinic, unique within one POV's day
    /// (contract: 取号码;单个pov当日预约不重复).
    ///
    /// Whoever knows it can take the place in the queue, so it stays out of logs.
    pub struct PickCode, bytes_max = 32, debug = |_, f| f.write_str("PickCode(***)")
}

checked_text! {
    /// The platform's id of a vaccine (category: `vaccine_id`).
    pub struct VaccineId, bytes_max = 64, debug = |id, f| write!(f, "VaccineId({})", id.as_str())
}

checked_text! {
    /// The caller's own id of a booking that it asks for (category: `out_id`). The same one means
    /// the same booking, however often it is asked for.
    pub struct OutId, bytes_max = 64, debug = |id, f| write!(f, "OutId({})", id.as_str())
}

impl AppKey {
    /// Whether it is a key of a sandbox: `102` and seven digits more, as the platform's own
    /// sandboxes have them. A key of production is none of these.
    #[must_use]
    pub fn is_of_sandbox(&self) -> bool {
        let key = self.as_str();
        key.len() == 10 && key.starts_with("102") && key.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl fmt::Display for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for OutPovId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AppointmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The platform's own number of a point of vaccination, beside the ISV's [`OutPovId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PovId(pub i64);

/// The platform's own number of an ISV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsvId(pub i64);

impl fmt::Display for PovId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for IsvId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
