//! Which lists there are, and which of them changed.

use std::collections::HashSet;

use povline_domain::{Day, PovId};
use rusqlite::Connection;

use super::{SqliteBook, audit, sql};
use crate::StoreError;
use crate::book::{ChangeCursor, Feed, ListChanges};
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
            .read_apart("list the days of POVs", move |connection| {
                days_after(connection, &povs, after, first_day, days_max)
            })
            .await
    }

    async fn lists_changed(
        &self,
        povs: Vec<PovId>,
        first_day: Day,
        after: ChangeCursor,
        lists_max: usize,
    ) -> Result<ListChanges, StoreError> {
        self.database
            .read_apart("read which lists changed", move |connection| {
                lists_changed(connection, &povs, first_day, after, lists_max)
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

fn lists_changed(
    connection: &Connection,
    povs: &[PovId],
    first_day: Day,
    after: ChangeCursor,
    lists_max: usize,
) -> Result<ListChanges, Fault> {
    let povs: HashSet<i64> = povs.iter().map(|pov| pov.0).collect();
    let last = audit::cursor(connection)?.max(after);
    let end = last.0.min(
        after
            .0
            .saturating_add(<SqliteBook as Feed>::RECORDS_MAX.into()),
    );
    let mut cursor = ChangeCursor(end);
    let (mut lists, mut told) = (Vec::new(), HashSet::new());
    let mut statement = connection.prepare_cached(sql::LISTS_CHANGED)?;
    let mut rows = statement.query((after.0, end, first_day.number()))?;
    while let Some(row) = rows.next()? {
        let pov: i64 = row.get(1)?;
        if !povs.contains(&pov) {
            continue;
        }
        let day = Day::from_number(row.get(2)?).map_err(|_| corrupt("day of an audit record"))?;
        let list = (PovId(pov), day);
        if told.insert(list) {
            let at = ChangeCursor(row.get(0)?);
            lists.push((list, at));
            if lists.len() == lists_max {
                cursor = at;
                break;
            }
        }
    }
    Ok(ListChanges {
        lists,
        cursor,
        has_more: cursor < last,
    })
}
