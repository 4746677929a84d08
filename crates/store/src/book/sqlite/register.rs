//! POVs that ISVs register, and grants that let apps write.

use povline_domain::{AppKey, IsvId, OutPovId, PovId};
use rusqlite::{Connection, OptionalExtension};

use super::newcomers::count;
use super::sql::write_side as sql;
use super::{access, audit};
use crate::book::{Actor, Grant, PovDetails, Registered};
use crate::sqlite::{Fault, Verdict};

pub(super) fn register(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    code: &OutPovId,
    details: &PovDetails,
    povs_max: usize,
) -> Result<Verdict<Option<Registered>>, Fault> {
    let known = access::find_pov(connection, isv, code)?;
    if known.is_none() && count(connection, sql::POVS_OF_ISV, [isv.0])? >= povs_max {
        return Ok(Verdict::Discard(None));
    }
    let pov = access::ensure_pov(connection, actor, isv, code, Some(&details.name))?;
    let changed = connection.prepare_cached(sql::SET_DETAILS)?.execute((
        pov.0,
        &details.telephone,
        &details.address,
        &details.description,
        &details.business_time,
    ))?;
    if changed > 0 {
        audit::record_access(connection, actor, "describe_pov", code.as_str())?;
    }
    Ok(Verdict::Keep(Some(Registered {
        pov,
        created: known.is_none(),
    })))
}

pub(super) fn find(
    connection: &Connection,
    isv_name: &str,
    code: &OutPovId,
) -> Result<Option<PovId>, Fault> {
    let mut statement = connection.prepare_cached(sql::POV_OF_ISV_NAMED)?;
    let pov = statement.query_row((isv_name, code.as_str()), |row| row.get(0));
    Ok(pov.optional()?.map(PovId))
}

pub(super) fn details(connection: &Connection, pov: PovId) -> Result<Option<PovDetails>, Fault> {
    let mut statement = connection.prepare_cached(sql::DETAILS)?;
    let details = statement.query_row([pov.0], |row| {
        Ok(PovDetails {
            name: row.get(0)?,
            telephone: row.get(1)?,
            address: row.get(2)?,
            description: row.get(3)?,
            business_time: row.get(4)?,
        })
    });
    Ok(details.optional()?)
}

pub(super) fn grant_writing(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    grant: &Grant,
) -> Result<(), Fault> {
    access::grant(connection, actor, app, grant)?;
    let (is_prefix, code) = access::columns(grant);
    let added = connection.prepare_cached(sql::ADD_WRITE_GRANT)?.execute((
        app.as_str(),
        is_prefix,
        code,
    ))?;
    if added > 0 {
        audit::record_access(
            connection,
            actor,
            "grant_writing",
            &format!("{app} {grant}"),
        )?;
    }
    Ok(())
}

pub(super) fn revoke_writing(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    grant: &Grant,
) -> Result<bool, Fault> {
    access::check_app(connection, app)?;
    let (is_prefix, code) = access::columns(grant);
    let removed = connection
        .prepare_cached(sql::REMOVE_WRITE_GRANT)?
        .execute((app.as_str(), is_prefix, code))?;
    if removed > 0 {
        audit::record_access(
            connection,
            actor,
            "revoke_writing",
            &format!("{app} {grant}"),
        )?;
    }
    Ok(removed > 0)
}
