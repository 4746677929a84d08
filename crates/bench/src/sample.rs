//! Synthetic appointments.

use anyhow::{Result, anyhow};
use povline_domain::{Appointment, Day, OutPovId, Period, PickStatus, UnixMillis};

/// The instant at which everything happens, or begins to.
pub(crate) const NOW: UnixMillis = UnixMillis(1_900_000_000_000);

/// The day of all of them.
pub(crate) fn day() -> Day {
    Day::at(NOW)
}

/// The code of the POV with this number.
pub(crate) fn pov(number: usize) -> Result<OutPovId> {
    OutPovId::new(format!("{number:05}")).map_err(|error| anyhow!("the sample's POV {error:?}"))
}

/// A POV's day of so many rows. Editions differ in every row, but never in its id or pick code.
pub(crate) fn rows(pov_number: usize, count: usize, edition: usize) -> Result<Vec<Appointment>> {
    let (pov, day) = (pov(pov_number)?, day());
    (0..count)
        .map(|number| {
            let begin = 480 + u16::try_from((number / 12 + edition) % 18)? * 30;
            let id = format!("P{pov_number:05}{:012}", number * 7_919 % 1_000_000_007);
            Ok(Appointment {
                appointment_id: id.parse().map_err(|error| anyhow!("{error:?}"))?,
                out_pov_id: pov.clone(),
                day,
                period: Period::new(begin, begin + 30).map_err(|error| anyhow!("{error:?}"))?,
                pick_code: format!("A{:05}", number + 1)
                    .parse()
                    .map_err(|error| anyhow!("{error:?}"))?,
                pick_status: PickStatus::NotPicked,
                name: ["王测试", "李小明", "张子涵", "欧阳雨桐"][number % 4]
                    .parse()
                    .map_err(|error| anyhow!("{error:?}"))?,
            })
        })
        .collect()
}
