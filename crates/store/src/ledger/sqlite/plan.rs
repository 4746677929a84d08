//! What polling planners have learned.

use povline_domain::{AppKey, UnixMillis};
use rusqlite::Connection;

use super::super::SavedPlan;
use super::sql;
use super::trouble::{Outcome, corrupt};

pub(super) fn save(connection: &Connection, plan: &SavedPlan) -> Outcome<()> {
    connection.prepare_cached(sql::PLAN_SAVE)?.execute((
        plan.app.as_str(),
        plan.saved_at.0,
        &plan.state,
    ))?;
    Ok(())
}

pub(super) fn all(connection: &Connection) -> Outcome<Vec<SavedPlan>> {
    let mut statement = connection.prepare_cached(sql::PLANS)?;
    let mut lines = statement.query(())?;
    let mut plans = Vec::new();
    while let Some(line) = lines.next()? {
        let app: String = line.get(0)?;
        plans.push(SavedPlan {
            app: AppKey::new(app).map_err(|_| corrupt("app key"))?,
            saved_at: UnixMillis(line.get(1)?),
            state: line.get(2)?,
        });
    }
    Ok(plans)
}
