//! Which lists there are.

use povline_domain::{Day, PovId};
use rusqlite::Connection;

use super::{SqliteBook, sql};
use crate::StoreError;
use crate::book::Feed;
use crate::sqlite::{Fault, corrupt};

impl Feed for SqliteBook {
    async fn days_after(
        &self,
        povs: Vec<PovId>,
        after: Option<(PovId, Day)>,
        first_day: Day,
        days_max: usize,
    ) -> Result<Vec<(PovId, Day)>, StoreError> {
        self.database
            .read_long("list the days of POVs", move |connection| {
                days_after(connection, &povs, after, first_day, days_max)
            })
            .await
    }
}

fn days_after(
    connection: &Connection,
    povs: &[PovId],
    after: Option<(PovId, Day)>,
    first_day: Day,
    days_max: usize,
) -> Result<Vec<(PovId, Day)>, Fault> {
    let mut statement = connection.prepare_cached(sql::DAYS_AFTER)?;
    let mut days = Vec::new();
    let left = povs
        .iter()
        .filter(|pov| after.is_none_or(|(last, _)| **pov >= last));
    for pov in left {
        let behind = match after {
            Some((last, day)) if last == *pov => day.number().max(first_day.number() - 1),
            _ => first_day.number() - 1,
        };
        let room = i64::try_from(days_max - days.len()).unwrap_or(i64::MAX);
        let mut rows = statement.query((pov.0, behind, room))?;
        while let Some(row) = rows.next()? {
            let day = Day::from_number(row.get(0)?).map_err(|_| corrupt("day of a list"))?;
            days.push((*pov, day));
        }
        if days.len() >= days_max {
            break;
        }
    }
    Ok(days)
}
