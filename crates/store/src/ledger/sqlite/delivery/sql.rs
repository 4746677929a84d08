//! The statements of delivery, each prepared by a test against a freshly made database.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

statements! {
    IDENTITY = "SELECT ledger FROM identity";

    OUTBOX = "SELECT event.cursor, pov.out_pov_id, certificate.day, event.appointment_id,
            event.version, history.kind, history.certificate, history.observed_at, history.states,
            certificate.evidence
        FROM event
        JOIN history USING (pov, appointment_id, version)
        JOIN certificate USING (certificate)
        JOIN pov ON pov.pov = event.pov
        WHERE event.cursor > ?1 ORDER BY event.cursor LIMIT ?2";
    FIRST_KEPT = "SELECT min(cursor) FROM event";
    LAST = "SELECT value FROM tally WHERE what = 'cursor'";
    CURSOR_BEFORE = "SELECT event.cursor FROM event
        JOIN history USING (pov, appointment_id, version)
        JOIN certificate USING (certificate)
        WHERE ended_at < ?1 ORDER BY event.cursor DESC LIMIT 1";
    PROVED_AT = "SELECT ended_at FROM event
        JOIN history USING (pov, appointment_id, version)
        JOIN certificate USING (certificate)
        WHERE event.cursor > ?1 ORDER BY event.cursor LIMIT 1";

    SINK_FIND = "SELECT sink, kind, cursor, stopped FROM sink WHERE name = ?1";
    SINK_ADD = "INSERT INTO sink (name, kind, cursor) VALUES (?1, ?2, ?3)";
    SINK_STEP = "UPDATE sink SET cursor = max(cursor, ?2), delivered = delivered + ?3,
            delivered_at = CASE WHEN ?3 > 0 THEN ?4 ELSE delivered_at END,
            lost = lost + ?5,
            failed_at = CASE WHEN ?6 IS NOT NULL THEN ?4 WHEN ?3 > 0 THEN NULL ELSE failed_at END,
            failure = CASE WHEN ?6 IS NOT NULL THEN ?6 WHEN ?3 > 0 THEN NULL ELSE failure END,
            stopped = coalesce(?7, stopped)
        WHERE sink = ?1";
    SINK_LIST = "SELECT sink, name, kind, cursor, delivered, lost, delivered_at, failed_at, failure,
            stopped
        FROM sink ORDER BY name";
    SINK_RESUME = "UPDATE sink SET stopped = NULL WHERE name = ?1";
    SINK_DISMISS = "DELETE FROM sink WHERE sink = ?1";
    SINK_LOSES = "UPDATE sink SET lost = lost + ?2 WHERE sink = ?1";

    LETTER_WRITE = "INSERT INTO letter (sink, cursor, state, attempts, due_at, failed_at, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (sink, cursor) DO UPDATE SET state = excluded.state,
            attempts = excluded.attempts, due_at = excluded.due_at,
            failed_at = excluded.failed_at, reason = excluded.reason";
    /// One that was asked for again meanwhile stays asked for.
    LETTER_SETTLE = "DELETE FROM letter WHERE sink = ?1 AND cursor = ?2 AND state <> 2";
    LETTERS_WAITING = "SELECT cursor, attempts, due_at, reason FROM letter
        WHERE sink = ?1 AND state = 0 ORDER BY cursor";
    LETTERS_ASKED = "SELECT cursor FROM letter WHERE sink = ?1 AND state = 2
        ORDER BY cursor LIMIT ?2";
    LETTER_TAKE = "UPDATE letter SET state = 0 WHERE sink = ?1 AND cursor = ?2";
    LETTERS_DEAD = "SELECT name, letter.cursor, attempts, letter.failed_at, reason
        FROM letter JOIN sink USING (sink)
        WHERE state = 1 AND (?1 IS NULL OR name = ?1) ORDER BY letter.cursor, name LIMIT ?2";
    LETTERS_OF_STATE = "SELECT count(*), min(cursor) FROM letter WHERE state = ?1 AND sink = ?2";
    LETTERS_DISMISS = "DELETE FROM letter WHERE sink = ?1";
    ASK_DEAD = "UPDATE letter SET state = 2, attempts = 0, due_at = 0
        WHERE sink = ?1 AND state = 1";
    ASK_ONE = "INSERT INTO letter (sink, cursor, state, attempts, due_at)
        SELECT ?1, cursor, 2, 0, 0 FROM event WHERE cursor = ?2 AND cursor <= ?3
        ON CONFLICT (sink, cursor) DO UPDATE SET state = 2, attempts = 0, due_at = 0
            WHERE state = 1";
    ASK_SINCE = "INSERT INTO letter (sink, cursor, state, attempts, due_at)
        SELECT ?1, cursor, 2, 0, 0 FROM event WHERE cursor > ?2 AND cursor <= ?3
        ON CONFLICT (sink, cursor) DO UPDATE SET state = 2, attempts = 0, due_at = 0
            WHERE state = 1";
    LETTERS_FORGOTTEN = "DELETE FROM letter WHERE sink = ?1 AND cursor < ?2";
    LETTERS_TOO_MANY = "DELETE FROM letter WHERE sink = ?1 AND state = 1 AND cursor <= (
            SELECT cursor FROM letter WHERE sink = ?1 AND state = 1
            ORDER BY cursor DESC LIMIT 1 OFFSET ?2)";

    TABLE_ADD = "INSERT OR IGNORE INTO events_v1 (sequence, event_id, kind, out_pov_id,
            appointment_id, version, observed_at, day_before, day_after, period_before,
            period_after, picked_before, picked_after, pov_before, pov_after, name_masked,
            certificate, verdict, scan_began_at, scan_ended_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20)";
    TABLE_FORGET = "DELETE FROM events_v1 WHERE sequence < ?1";

    ERASED = "SELECT value FROM tally WHERE what = ?1";
    ERASED_WRITE = "UPDATE tally SET value = ?2 WHERE what = ?1";
    ERASABLE = "SELECT event.cursor, event.pov, out_pov_id, event.appointment_id, event.version,
            history.states
        FROM event
        JOIN history USING (pov, appointment_id, version)
        JOIN certificate USING (certificate)
        JOIN pov ON pov.pov = event.pov
        WHERE event.cursor > ?1 AND ended_at < ?2 ORDER BY event.cursor LIMIT ?3";
    ERASE_HISTORY = "UPDATE history SET states = ?4
        WHERE pov = ?1 AND appointment_id = ?2 AND version = ?3";
    /// A list of before the mark that was read since it was over may have its names again.
    ERASABLE_DAYS = "SELECT pov, day FROM day WHERE day < ?2 AND (day >= ?1 OR tried_at >= ?3)
        ORDER BY day, pov";
    ERASE_LIVE = "UPDATE live SET name = '*', unknown_fields = NULL
        WHERE pov = ?1 AND day = ?2 AND (name <> '*' OR unknown_fields IS NOT NULL)";
    ERASE_ABSENT = "UPDATE absent SET name = '*', unknown_fields = NULL
        WHERE day < ?1 AND (name <> '*' OR unknown_fields IS NOT NULL)";
    ERASE_QUARANTINE = "UPDATE quarantine SET raw = '', is_there = 0
        WHERE day < ?1 AND (raw <> '' OR is_there = 1)";
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    #[test]
    fn every_statement_fits_the_tables() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in super::super::super::SCHEMA.migrations {
            connection.execute_batch(migration.sql).unwrap();
        }
        assert!(super::ALL.len() > 30);
        for (name, sql) in super::ALL {
            if let Err(error) = connection.prepare(sql) {
                panic!("{name}: {error}");
            }
        }
    }
}
