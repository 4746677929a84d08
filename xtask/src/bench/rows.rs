//! The synthetic appointments that are served, and what every answer is compared with.

/// One appointment in the contract's spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) appointment_id: String,
    pub(super) out_pov_id: String,
    pub(super) appointment_time: &'static str,
    pub(super) appointment_period: String,
    pub(super) pick_code: String,
    pub(super) pick_status: u8,
    pub(super) name: String,
}

/// The day of all of them.
pub(super) const DAY: &str = "2030-01-18";

/// Each POV and how many appointments it has: one that fills several pages, as a busy one does,
/// and more of the usual size.
pub(super) const POVS: [(&str, usize); 8] = [
    ("00001", 1_000),
    ("00002", 200),
    ("00003", 180),
    ("00004", 150),
    ("00005", 120),
    ("00006", 90),
    ("00007", 45),
    ("00008", 7),
];

/// The appointments of a POV in the order in which they are imported.
pub(super) fn of_pov(out_pov_id: &str, count: usize) -> Vec<Row> {
    (0..count).map(|number| row(out_pov_id, number)).collect()
}

/// The rows of one page of a POV with so many appointments.
pub(super) fn page(pov: (&str, usize), page_num: usize, page_size: usize) -> Vec<Row> {
    let rows = of_pov(pov.0, pov.1).into_iter();
    rows.skip((page_num - 1) * page_size)
        .take(page_size)
        .collect()
}

fn row(out_pov_id: &str, number: usize) -> Row {
    const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "黄", "欧阳"];
    const GIVEN: [&str; 7] = ["测试", "小明", "子涵", "雨桐", "伟", "建国", "思齐"];
    let half_hour = number * 18 / 1_000 + 16;
    let time = |half_hours: usize| format!("{:02}:{:02}", half_hours / 2, half_hours % 2 * 30);
    Row {
        appointment_id: format!("P{out_pov_id}{:012}", number * 7_919 % 1_000_000_007),
        out_pov_id: out_pov_id.to_owned(),
        appointment_time: DAY,
        appointment_period: format!("{}-{}", time(half_hour), time(half_hour + 1)),
        pick_code: format!("A{:05}", number + 1),
        pick_status: u8::from(!number.is_multiple_of(3)),
        name: format!(
            "{}{}",
            SURNAMES[number % SURNAMES.len()],
            GIVEN[number % GIVEN.len()]
        ),
    }
}

/// Every appointment as a CSV file.
pub(super) fn csv() -> String {
    let mut csv = String::from(
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
    );
    for (out_pov_id, count) in POVS {
        for row in of_pov(out_pov_id, count) {
            csv.push_str(&format!(
                "{},{},{},{},{},{},{}\n",
                row.appointment_id,
                row.out_pov_id,
                row.appointment_time,
                row.appointment_period,
                row.pick_code,
                row.pick_status,
                row.name
            ));
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_pick_codes_are_unique_and_periods_real() {
        let mut ids = BTreeSet::new();
        for (pov, count) in POVS {
            let rows = of_pov(pov, count);
            let codes: BTreeSet<&str> = rows.iter().map(|row| row.pick_code.as_str()).collect();
            assert_eq!(codes.len(), count);
            ids.extend(rows.iter().map(|row| row.appointment_id.clone()));
            assert!(
                rows.iter()
                    .all(|row| row.appointment_period.as_str() < "17:01")
            );
        }
        assert_eq!(ids.len(), csv().lines().count() - 1);
        assert_eq!(row("00001", 999).appointment_period, "16:30-17:00");
        let third = page(POVS[0], 3, 137);
        assert_eq!(third.len(), 137);
        assert_eq!(third[0], row("00001", 274));
        assert_eq!(page(POVS[7], 1, 200).len(), 7);
    }
}
