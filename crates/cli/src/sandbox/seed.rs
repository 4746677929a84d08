//! The appointments that a sandbox begins with.

use povline_domain::{AppointmentId, Day, IsvId, OutPovId};
use povline_gateway::SandboxSeed;
use povline_store::book::{PovRecord, Write};
use povline_world::{Clinic, ClinicSize, Scenario, World};

/// The clinics of every ISV, by the ISV's code: one whose day is several pages long, an ordinary
/// one and a small one.
pub(super) const CLINICS: [(&str, &str, ClinicSize); 3] = [
    ("00001", "测试中心接种门诊1", ClinicSize::Busy),
    ("00002", "测试社区接种门诊2", ClinicSize::Ordinary),
    ("00003", "测试村卫生室3", ClinicSize::Village),
];

/// Appointments stand on yesterday, today and the days after it.
const DAYS_BEFORE: i32 = 1;
const DAYS: u16 = 7;

/// Decides everything that chance decides, together with the ISV and the day.
const CHANCE: u64 = 0x5eed;

/// The sandbox's seed.
pub(crate) fn seed() -> SandboxSeed {
    let clinic = |(code, name, _): (&str, &str, ClinicSize)| {
        let code = OutPovId::new(code).ok()?;
        Some((code, name.to_owned()))
    };
    let clinics = CLINICS.into_iter().filter_map(clinic);
    SandboxSeed::new(appointments).with_clinics(clinics)
}

/// The appointments of an ISV's clinics around a day; clinics of other codes begin empty.
pub(super) fn appointments(isv: IsvId, povs: &[PovRecord], today: Day) -> Vec<Write> {
    let mut clinics = Vec::new();
    let mut numbers = Vec::new();
    for (code, name, size) in CLINICS {
        let pov = povs.iter().find(|pov| pov.out_pov_id.as_str() == code);
        if let (Some(pov), Ok(out_pov_id)) = (pov, OutPovId::new(code)) {
            numbers.push(pov.pov);
            clinics.push(Clinic {
                out_pov_id,
                name: name.to_owned(),
                size,
            });
        }
    }
    let first_day = today.plus_days(-DAYS_BEFORE).unwrap_or(today);
    let scenario = Scenario {
        seed: CHANCE ^ (isv.0.unsigned_abs() << 32) ^ u64::from(today.number().unsigned_abs()),
        clinics,
        first_day,
        days: DAYS,
    };
    let writes = World::new(&scenario, numbers).populate().into_iter();
    writes.map(|write| named_for(isv, write)).collect()
}

/// Ids are unique across the platform, and each ISV's world counts from 1.
fn named_for(isv: IsvId, write: Write) -> Write {
    match write {
        Write::Book(pov, mut appointment) => {
            let id = format!("S{isv}{}", appointment.appointment_id);
            if let Ok(id) = AppointmentId::new(id) {
                appointment.appointment_id = id;
            }
            Write::Book(pov, appointment)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use povline_domain::PovId;

    use super::*;

    fn povs(isv: i64) -> Vec<PovRecord> {
        let codes = CLINICS.iter().map(|(code, ..)| *code).chain(["99999"]);
        codes
            .zip(isv * 10..)
            .map(|(code, pov)| PovRecord {
                pov: PovId(pov),
                isv: IsvId(isv),
                out_pov_id: OutPovId::new(code).unwrap(),
                name: None,
            })
            .collect()
    }

    fn today() -> Day {
        "2021-01-18".parse().unwrap()
    }

    #[test]
    fn one_day_and_isv_always_begin_alike_and_no_two_share_an_id() {
        let [one, two] = [1, 2].map(|isv| appointments(IsvId(isv), &povs(isv), today()));
        assert_eq!(one, appointments(IsvId(1), &povs(1), today()));
        assert_ne!(one, two);
        let mut ids = HashSet::new();
        let mut days = HashSet::new();
        for write in one.iter().chain(&two) {
            let Write::Book(_, row) = write else {
                panic!("{write:?}")
            };
            assert!(ids.insert(row.appointment_id.clone()));
            days.insert(row.day);
        }
        assert_eq!(days.len(), usize::from(DAYS));
        assert!(days.contains(&today()));
    }

    #[test]
    fn a_clinic_of_todays_has_several_pages() {
        let writes = appointments(IsvId(1), &povs(1), today());
        let busy = writes
            .iter()
            .filter(|write| matches!(write, Write::Book(PovId(10), row) if row.day == today()));
        assert!(busy.count() > 200);
    }
}
