//! Every statement of the ledger, each prepared by a test against a freshly made database.

/// Declares the statements and the list of them all.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

statements! {
    SAVE = "SAVEPOINT observation";
    KEEP = "RELEASE observation";
    DROP = "ROLLBACK TO observation";

    /// What the engine calls the state in which other connections have left the database.
    STATE = "PRAGMA data_version";

    POV_NUMBER = "SELECT pov FROM pov WHERE out_pov_id = ?1";
    POV_LENDS = "UPDATE pov SET lent = 1 WHERE pov = ?1";
    POV_LENT = "SELECT lent FROM pov WHERE pov = ?1";
    POV_ADD = "INSERT INTO pov (out_pov_id) VALUES (?1)";

    DAY_READ = "SELECT stands, checked_at, valid_at, tried_at, live, picked, suspected, windows
        FROM day WHERE pov = ?1 AND day = ?2";
    DAY_CHECKS = "SELECT day, checked_at FROM day
        WHERE pov = ?1 AND day >= ?2 AND checked_at IS NOT NULL";
    DAY_BEYOND = "SELECT out_pov_id, day, checked_at FROM day JOIN pov USING (pov)
        WHERE pov IN (SELECT pov FROM absent WHERE cancelled_by IS NULL)
            AND day >= ?1 AND day NOT BETWEEN ?2 AND ?3 AND checked_at IS NOT NULL";
    DAY_LIVE_OTHERS = "SELECT day, live FROM day WHERE pov = ?1 AND day <> ?2 AND live > 0";
    DAY_WRITE = "INSERT INTO day (pov, day, stands, checked_at, valid_at, tried_at, live, picked,
            suspected, verdict, windows)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (pov, day) DO UPDATE SET
            stands = excluded.stands, checked_at = excluded.checked_at,
            valid_at = excluded.valid_at, tried_at = excluded.tried_at, live = excluded.live,
            picked = excluded.picked, suspected = excluded.suspected, verdict = excluded.verdict,
            windows = excluded.windows";
    /// A list at rest was read again. `checked_at` is the later of what the ledger remembers of it,
    /// which is what stands here, and of what is new.
    DAY_NOTED = "UPDATE day SET checked_at = ?3, tried_at = max(tried_at, ?4), verdict = ?5,
            windows = ?6
        WHERE pov = ?1 AND day = ?2 AND stands = 1";
    /// A live row leaves another day, which then stands for nothing.
    DAY_LOSES = "UPDATE day SET picked = picked - ?3, live = live - 1, stands = 0,
            valid_at = max(coalesce(valid_at, ?4), ?4)
        WHERE pov = ?1 AND day = ?2";
    DAY_LOSES_SUSPECT = "UPDATE day SET suspected = suspected - 1 WHERE pov = ?1 AND day = ?2";
    DAY_WINDOWS = "SELECT windows FROM day WHERE pov = ?1 AND day = ?2";
    DAY_STANDING = "SELECT windows FROM day JOIN pov USING (pov)
        WHERE out_pov_id = ?1 AND day = ?2 AND stands = 1";
    DAY_LIST = "SELECT out_pov_id, day, checked_at, valid_at, tried_at, verdict, live, suspected,
            picked
        FROM pov CROSS JOIN day USING (pov) WHERE day >= ?1 ORDER BY out_pov_id, day";
    DAY_CHECKS_FROM = "SELECT out_pov_id, day, checked_at FROM pov CROSS JOIN day USING (pov)
        WHERE day >= ?1 AND checked_at IS NOT NULL";
    DAY_COUNTS = "SELECT count(*), sum(live), sum(suspected), min(checked_at) FROM day";

    LIVE_READ = "SELECT appointment_id, version, seen, period, picked, pick_code, name,
            unknown_fields
        FROM live WHERE pov = ?1 AND day = ?2 ORDER BY appointment_id";
    LIVE_FIND = "SELECT version, seen, period, picked, pick_code, name, unknown_fields
        FROM live WHERE pov = ?1 AND day = ?2 AND appointment_id = ?3";
    LIVE_SCAN = "SELECT appointment_id, day, version, seen, period, picked, pick_code, name,
            unknown_fields
        FROM live WHERE pov = ?1 AND day <> ?2";
    /// One look-up for each day that has rows.
    LIVE_POVS = "SELECT DISTINCT pov.pov, out_pov_id
        FROM day CROSS JOIN live ON live.pov = day.pov AND live.day = day.day
        JOIN pov ON pov.pov = day.pov
        WHERE day.live > 0 AND live.appointment_id = ?1";
    LIVE_OF_POV = "SELECT live.day
        FROM day CROSS JOIN live ON live.pov = day.pov AND live.day = day.day
        WHERE day.pov = ?1 AND day.live > 0 AND live.appointment_id = ?2";
    LIVE_ADD = "INSERT INTO live (pov, day, appointment_id, version, seen, period, picked,
            pick_code, name, unknown_fields)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    LIVE_UPDATE = "UPDATE live SET version = ?4, seen = ?5, period = ?6, picked = ?7,
            pick_code = ?8, name = ?9, unknown_fields = ?10
        WHERE pov = ?1 AND day = ?2 AND appointment_id = ?3";
    LIVE_SEEN = "UPDATE live SET seen = ?4 WHERE pov = ?1 AND day = ?2 AND appointment_id = ?3";
    LIVE_REMOVE = "DELETE FROM live WHERE pov = ?1 AND day = ?2 AND appointment_id = ?3";

    ABSENT_ANY = "SELECT EXISTS (SELECT 1 FROM absent)";
    ABSENT_FIND = "SELECT out_pov_id, day, version, seen_at, cancelled_by IS NOT NULL, period,
            picked, pick_code, name, unknown_fields, pov
        FROM absent JOIN pov USING (pov) WHERE appointment_id = ?1";
    ABSENT_POVS = "SELECT pov, out_pov_id FROM absent JOIN pov USING (pov)
        WHERE appointment_id = ?1";
    ABSENT_SUSPECTS = "SELECT appointment_id, day, version, seen_at, vanished_at, confirmed_at,
            period, picked, pick_code, name, unknown_fields, accepted
        FROM absent WHERE pov = ?1 AND cancelled_by IS NULL";
    ABSENT_SUSPECTED = "SELECT EXISTS (SELECT 1 FROM absent
        WHERE pov = ?1 AND cancelled_by IS NULL)";
    ABSENT_SUSPECTS_ALL = "SELECT appointment_id, out_pov_id, day, seen_at, vanished_at,
            confirmed_at, accepted,
            EXISTS (SELECT 1 FROM brake
                WHERE brake.pov = absent.pov AND brake.day = absent.day OR brake.pov = 0)
        FROM absent JOIN pov USING (pov) WHERE cancelled_by IS NULL
        ORDER BY vanished_at, appointment_id";
    /// A live row becomes a suspect, or, where the POV had cancelled its like, takes that place.
    ABSENT_ADD = "INSERT OR REPLACE INTO absent (appointment_id, pov, day, version, seen_at,
            vanished_at, period, picked, pick_code, name, unknown_fields, suspected_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    ABSENT_CONFIRM = "UPDATE absent SET confirmed_at = ?3
        WHERE appointment_id = ?1 AND pov = ?2 AND cancelled_by IS NULL AND confirmed_at IS NULL";
    /// From now on a page must be newer than the confirmation to bring it back.
    ABSENT_CANCEL = "UPDATE absent
        SET version = ?3, cancelled_by = ?4, seen_at = max(seen_at, confirmed_at)
        WHERE appointment_id = ?1 AND pov = ?2 AND cancelled_by IS NULL
            AND confirmed_at IS NOT NULL";
    ABSENT_REMOVE = "DELETE FROM absent WHERE appointment_id = ?1 AND pov = ?2";
    ABSENT_CANCELLED = "SELECT count(*) FROM absent WHERE cancelled_by IS NOT NULL";

    LOST_FLEET = "SELECT count(*) FROM absent WHERE vanished_at >= ?1 AND accepted = 0";
    LOST_OF_DAY = "SELECT count(*) FROM absent
        WHERE pov = ?1 AND day = ?2 AND vanished_at >= ?3 AND accepted = 0";
    LOST_ACCEPT_FLEET = "UPDATE absent SET accepted = 1
        WHERE accepted = 0 AND suspected_by <= ?2
            AND (vanished_at >= ?1 OR cancelled_by IS NULL)";
    LOST_ACCEPT_DAY = "UPDATE absent SET accepted = 1
        WHERE pov = ?1 AND day = ?2 AND accepted = 0";
    // The last of what the first of them would touch, and all that the second would.
    LOST_LAST_FLEET = "SELECT coalesce(max(suspected_by), 0) FROM absent
        WHERE accepted = 0 AND (vanished_at >= ?1 OR cancelled_by IS NULL)";
    LOST_IDS_DAY = "SELECT appointment_id, vanished_at FROM absent
        WHERE pov = ?1 AND day = ?2 AND accepted = 0 ORDER BY appointment_id";

    BRAKE_READ = "SELECT held_at, counted_from, known, lost, persists_since, rejected_at
        FROM brake WHERE pov = ?1 AND day = ?2";
    BRAKE_ANY = "SELECT EXISTS (SELECT 1 FROM brake WHERE pov <> 0)";
    LOST_ON_HELD = "SELECT count(*) FROM brake CROSS JOIN absent
            ON absent.pov = brake.pov AND absent.day = brake.day
        WHERE brake.pov <> 0 AND vanished_at >= ?1 AND accepted = 0";
    BRAKE_LIST = "SELECT out_pov_id, day, held_at, counted_from, known, lost, persists_since,
            rejected_at
        FROM brake LEFT JOIN pov USING (pov) ORDER BY out_pov_id IS NOT NULL, out_pov_id, day";
    BRAKE_WRITE = "INSERT INTO brake (pov, day, held_at, counted_from, known, lost, persists_since,
            rejected_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (pov, day) DO UPDATE SET
            held_at = excluded.held_at, counted_from = excluded.counted_from,
            known = excluded.known, lost = excluded.lost,
            persists_since = excluded.persists_since, rejected_at = excluded.rejected_at";
    BRAKE_REMOVE = "DELETE FROM brake WHERE pov = ?1 AND day = ?2";
    DECISION_ADD = "INSERT INTO brake_decision (pov, day, decided_at, decided_by, accepted, known,
            lost)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    DECISION_LIST = "SELECT out_pov_id, day, decided_at, decided_by, accepted, known, lost
        FROM brake_decision LEFT JOIN pov USING (pov) ORDER BY decision DESC LIMIT ?1";

    QUARANTINE_ANY = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE is_there = 1)";
    QUARANTINE_OF_LIST = "SELECT number, appointment_id, reason, raw, is_there FROM quarantine
        WHERE pov = ?1 AND day = ?2";
    QUARANTINE_HAS = "SELECT EXISTS (SELECT 1 FROM quarantine
        WHERE appointment_id = ?1 AND is_there = 1 AND NOT (pov = ?2 AND day = ?3))";
    QUARANTINE_IN_LIST = "SELECT EXISTS (SELECT 1 FROM quarantine
        WHERE pov = ?1 AND day = ?2 AND is_there = 1)";
    QUARANTINE_COUNT = "SELECT count(*) FROM quarantine";
    QUARANTINE_THERE = "SELECT count(*) FROM quarantine WHERE is_there = 1";
    QUARANTINE_ADD = "INSERT INTO quarantine (pov, day, appointment_id, reason, raw, first_at,
            last_at, is_there)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1)";
    QUARANTINE_SEEN = "UPDATE quarantine SET raw = ?2, last_at = max(last_at, ?3), is_there = 1
        WHERE number = ?1";
    QUARANTINE_GONE = "UPDATE quarantine SET is_there = 0 WHERE number = ?1";
    QUARANTINE_LIST = "SELECT out_pov_id, day, number, appointment_id, reason, raw, first_at,
            last_at, is_there
        FROM quarantine JOIN pov USING (pov) ORDER BY number DESC LIMIT ?1";
    QUARANTINE_STRIP = "UPDATE quarantine SET raw = ''
        WHERE is_there = 1 AND (number = ?1 OR ?1 IS NULL)";
    QUARANTINE_DROP = "DELETE FROM quarantine
        WHERE is_there = 0 AND (number = ?1 OR ?1 IS NULL)";
    FORGET_QUARANTINE = "DELETE FROM quarantine WHERE number IN (
            SELECT number FROM quarantine WHERE is_there = 0 AND last_at < ?1 LIMIT ?2)";

    HABIT_LIST = "SELECT app_key, name, value FROM habit ORDER BY app_key, name";
    HABIT_FORGET = "DELETE FROM habit WHERE app_key = ?1";
    HABIT_WRITE = "INSERT INTO habit (app_key, name, value) VALUES (?1, ?2, ?3)";

    CERTIFICATE_ADD = "INSERT INTO certificate (certificate, pov, day, ended_at, evidence)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    CERTIFICATE_READ = "SELECT out_pov_id, day, evidence FROM certificate JOIN pov USING (pov)
        WHERE certificate = ?1";
    CERTIFICATES_OF_POV = "SELECT certificate, day, ended_at, evidence FROM certificate
        WHERE pov = ?1 ORDER BY certificate";
    CERTIFICATE_FIRST = "SELECT min(ended_at) FROM certificate";
    CERTIFICATE_COUNT = "SELECT count(*) FROM certificate";

    HISTORY_ADD = "INSERT INTO history (pov, appointment_id, version, kind, certificate,
            observed_at, states)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    HISTORY_READ = "SELECT version, kind, certificate, observed_at, states
        FROM history JOIN pov USING (pov) WHERE out_pov_id = ?1 AND appointment_id = ?2
        ORDER BY version";
    /// The other POVs that know an appointment: one look-up for each POV.
    HISTORY_POVS = "SELECT pov, out_pov_id FROM pov WHERE pov <> ?2 AND EXISTS (
            SELECT 1 FROM history WHERE history.pov = pov.pov AND appointment_id = ?1)";
    HISTORY_POVS_ALL = "SELECT pov, out_pov_id FROM pov WHERE EXISTS (
            SELECT 1 FROM history WHERE history.pov = pov.pov AND appointment_id = ?1)";
    /// By certificate, so that what was known at an instant can be told.
    HISTORY_OF_POV = "SELECT appointment_id, version, observed_at, states, ended_at
        FROM history JOIN certificate USING (certificate)
        WHERE history.pov = ?1 ORDER BY appointment_id, version";
    HISTORY_LAST = "SELECT version, observed_at, states FROM history
        WHERE pov = ?1 AND appointment_id = ?2 ORDER BY version DESC LIMIT 1";
    EVENT_ADD = "INSERT INTO event (cursor, pov, appointment_id, version) VALUES (?1, ?2, ?3, ?4)";
    EVENTS_AFTER = "SELECT event.cursor, pov.out_pov_id, certificate.day, event.appointment_id,
            event.version, history.kind, history.certificate, history.observed_at, history.states
        FROM event
        JOIN history USING (pov, appointment_id, version)
        JOIN certificate USING (certificate)
        JOIN pov ON pov.pov = event.pov
        WHERE event.cursor > ?1 ORDER BY event.cursor LIMIT ?2";

    LIVE_FROM = "SELECT coalesce(sum(live), 0) FROM day WHERE day >= ?1";
    TALLY_READ = "SELECT what, value FROM tally";
    TALLY_WRITE = "INSERT INTO tally (what, value) VALUES (?1, ?2)
        ON CONFLICT (what) DO UPDATE SET value = excluded.value";

    CALLS_TAKEN = "SELECT taken, reserved, by_hand FROM calls WHERE app_key = ?1 AND day = ?2";
    CALLS_TAKE = "INSERT INTO calls (app_key, day, taken, reserved, by_hand)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (app_key, day) DO UPDATE
        SET taken = taken + excluded.taken, reserved = reserved + excluded.reserved,
            by_hand = by_hand + excluded.by_hand";
    CALLS_RETURN = "UPDATE calls
        SET taken = taken - ?3, reserved = reserved - ?4, by_hand = by_hand - ?5
        WHERE app_key = ?1 AND day = ?2";

    PLAN_SAVE = "INSERT INTO plan (app_key, saved_at, state) VALUES (?1, ?2, ?3)
        ON CONFLICT (app_key) DO UPDATE SET saved_at = excluded.saved_at, state = excluded.state";
    PLANS = "SELECT app_key, saved_at, state FROM plan ORDER BY app_key";

    ALARM_RAISE = "INSERT OR IGNORE INTO alarm (app_key, kind, subject, detail, raised_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    ALARM_CLEAR = "UPDATE alarm SET cleared_at = ?4
        WHERE app_key = ?1 AND kind = ?2 AND subject = ?3 AND cleared_at IS NULL";
    ALARM_LIST = "SELECT app_key, kind, subject, detail, raised_at, cleared_at FROM alarm
        ORDER BY cleared_at IS NOT NULL,
            CASE WHEN cleared_at IS NULL THEN raised_at ELSE -cleared_at END, alarm
        LIMIT ?1";
    FORGET_ALARMS = "DELETE FROM alarm WHERE alarm IN (
            SELECT alarm FROM alarm WHERE cleared_at < ?1 LIMIT ?2)";

    QUICK_CHECK = "PRAGMA quick_check(20)";

    /// The first certificate to be kept: every one before it ended earlier than the instant.
    FORGET_UNTIL = "SELECT coalesce(
            (SELECT certificate FROM certificate WHERE ended_at >= ?1
                ORDER BY certificate LIMIT 1),
            (SELECT max(certificate) + 1 FROM certificate),
            0)";
    FORGET_FIRST = "SELECT event.cursor, event.pov, event.appointment_id, event.version,
            history.certificate
        FROM event JOIN history USING (pov, appointment_id, version)
        ORDER BY event.cursor LIMIT ?1";
    FORGET_EVENT = "DELETE FROM event WHERE cursor = ?1";
    FORGET_HISTORY = "DELETE FROM history WHERE pov = ?1 AND appointment_id = ?2 AND version = ?3";
    FORGET_CANCELLED = "DELETE FROM absent WHERE (appointment_id, pov) IN (
            SELECT appointment_id, pov FROM absent
            WHERE cancelled_by IS NOT NULL AND cancelled_by < ?1 LIMIT ?2)";
    FORGET_CERTIFICATES = "DELETE FROM certificate WHERE certificate IN (
            SELECT certificate FROM certificate WHERE certificate < ?1
            ORDER BY certificate LIMIT ?2)";
    /// A list that is held stays until a person has decided.
    FORGET_DAYS_FIRST = "SELECT pov, day FROM day WHERE day < ?1 AND tried_at < ?2
            AND NOT EXISTS (
                SELECT 1 FROM brake WHERE brake.pov = day.pov AND brake.day = day.day)
        LIMIT ?3";
    FORGET_LIVE = "DELETE FROM live WHERE pov = ?1 AND day = ?2";
    FORGET_SUSPECTS = "DELETE FROM absent WHERE pov = ?1 AND day = ?2 AND cancelled_by IS NULL";
    FORGET_QUARANTINED = "DELETE FROM quarantine WHERE pov = ?1 AND day = ?2";
    FORGET_DAY = "DELETE FROM day WHERE pov = ?1 AND day = ?2";
    /// A hold outlives its day as long as it holds anything back: without it the next scan would
    /// tell as cancelled what nobody has let go.
    FORGET_BRAKES = "DELETE FROM brake WHERE pov <> 0 AND day < ?1 AND NOT EXISTS (
            SELECT 1 FROM absent WHERE absent.pov = brake.pov AND absent.day = brake.day
                AND absent.cancelled_by IS NULL AND absent.accepted = 0)";
    FORGET_DECISIONS = "DELETE FROM brake_decision WHERE decision IN (
            SELECT decision FROM brake_decision WHERE decided_at < ?1 LIMIT ?2)";
    FORGET_CALLS = "DELETE FROM calls WHERE day < ?1";
    FORGET_PICKS = "DELETE FROM pick WHERE number IN (
            SELECT number FROM pick WHERE state <> 0 AND acted_at < ?1 LIMIT ?2)";
    FORGET_SESSIONS = "DELETE FROM clinic_session WHERE digest IN (
            SELECT digest FROM clinic_session WHERE expires_at < ?1 LIMIT ?2)";

    TOKEN_ADD = "INSERT INTO clinic_token (digest, out_pov_id, label, made_at)
        VALUES (?1, ?2, ?3, ?4)";
    TOKEN_FIND = "SELECT token, out_pov_id, label, made_at FROM clinic_token WHERE digest = ?1";
    TOKEN_LIST = "SELECT token, out_pov_id, label, made_at FROM clinic_token ORDER BY token";
    TOKEN_REMOVE = "DELETE FROM clinic_token WHERE token = ?1";

    PAIRING_ADD = "INSERT INTO clinic_pairing (digest, out_pov_id, label, is_screen, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    PAIRING_FIND = "SELECT out_pov_id, label, is_screen FROM clinic_pairing
        WHERE digest = ?1 AND expires_at > ?2";
    PAIRING_REMOVE = "DELETE FROM clinic_pairing WHERE digest = ?1 OR expires_at <= ?2";

    DEVICE_ADD = "INSERT INTO clinic_device (digest, out_pov_id, label, is_screen, paired_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    DEVICE_FIND = "SELECT device, out_pov_id, label, is_screen, paired_at FROM clinic_device
        WHERE digest = ?1";
    DEVICE_LIST = "SELECT device, out_pov_id, label, is_screen, paired_at FROM clinic_device
        WHERE out_pov_id = ?1 ORDER BY device";
    DEVICE_REMOVE = "DELETE FROM clinic_device WHERE device = ?1";
    DEVICE_GUESSES = "SELECT failures, locked_until, out_pov_id FROM clinic_device
        WHERE device = ?1 AND is_screen = 0";
    DEVICE_GUESSED = "UPDATE clinic_device SET failures = ?2, locked_until = ?3 WHERE device = ?1";

    STAFF_PUT = "INSERT INTO clinic_staff (out_pov_id, name, pin_hash, may_decide)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (out_pov_id, name) DO UPDATE SET pin_hash = excluded.pin_hash,
            may_decide = excluded.may_decide, failures = 0, locked_until = NULL";
    STAFF_SIGN_OUT = "DELETE FROM clinic_session WHERE staff IN (
            SELECT staff FROM clinic_staff WHERE out_pov_id = ?1 AND name = ?2)";
    STAFF_LIST = "SELECT staff, out_pov_id, name, may_decide, locked_until FROM clinic_staff
        WHERE out_pov_id = ?1 ORDER BY name";
    STAFF_REMOVE = "DELETE FROM clinic_staff WHERE out_pov_id = ?1 AND name = ?2";
    STAFF_GUESSES = "SELECT failures, locked_until, pin_hash FROM clinic_staff
        WHERE staff = ?1 AND out_pov_id = ?2";
    STAFF_GUESSED = "UPDATE clinic_staff SET failures = ?2, locked_until = ?3 WHERE staff = ?1";

    SESSION_ADD = "INSERT INTO clinic_session (digest, staff, device, expires_at)
        VALUES (?1, ?2, ?3, ?4)";
    SESSION_FIND = "SELECT staff, s.out_pov_id, s.name, s.may_decide, s.locked_until,
            device, d.out_pov_id, d.label, d.is_screen, d.paired_at, expires_at
        FROM clinic_session JOIN clinic_staff AS s USING (staff)
            JOIN clinic_device AS d USING (device)
        WHERE clinic_session.digest = ?1 AND expires_at > ?2";
    SESSION_REMOVE = "DELETE FROM clinic_session WHERE digest = ?1";

    DESK_DAY = "SELECT out_pov_id, day, checked_at, valid_at, tried_at, verdict, live, suspected,
            picked
        FROM day JOIN pov USING (pov) WHERE out_pov_id = ?1 AND day = ?2";
    DESK_UNREAD = "SELECT count(*) FROM quarantine WHERE pov = ?1 AND day = ?2 AND is_there = 1";
    DESK_MOVED = "SELECT live.day, live.period, live.picked, live.pick_code, live.name
        FROM day CROSS JOIN live ON live.pov = day.pov AND live.day = day.day
        WHERE day.pov = ?1 AND day.live > 0 AND live.appointment_id = ?2 LIMIT 1";
    DESK_CANCELLED = "SELECT day, period, picked, pick_code, name FROM absent
        WHERE appointment_id = ?1 AND pov = ?2 AND cancelled_by IS NOT NULL";

    PICKS_OF_LIST = "SELECT number, out_pov_id, day, appointment_id, picked, acted_at, acted_by,
            state, tries, next_try_at, ended_at, stands, trouble, seen
        FROM pick WHERE out_pov_id = ?1 AND day = ?2 ORDER BY appointment_id, number";
    PICK_LAST = "SELECT number, out_pov_id, day, appointment_id, picked, acted_at, acted_by,
            state, tries, next_try_at, ended_at, stands, trouble, seen
        FROM pick WHERE out_pov_id = ?1 AND day = ?2 AND appointment_id = ?3
        ORDER BY number DESC LIMIT 1";
    PICKS_DUE = "SELECT number, out_pov_id, day, appointment_id, picked, acted_at, acted_by,
            state, tries, next_try_at, ended_at, stands, trouble, seen
        FROM (SELECT *, row_number() OVER (PARTITION BY out_pov_id ORDER BY next_try_at, number)
                AS place
            FROM pick WHERE state = 0 AND next_try_at <= ?1)
        WHERE place = 1 ORDER BY next_try_at, number";
    PICK_NEXT_DUE = "SELECT min(next_try_at) FROM pick WHERE state = 0";
    PICK_ADD = "INSERT INTO pick (out_pov_id, day, appointment_id, picked, acted_at, acted_by,
            next_try_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5)";
    PICK_SUPERSEDE = "UPDATE pick SET state = 3
        WHERE out_pov_id = ?1 AND day = ?2 AND appointment_id = ?3 AND state = 0";
    PICK_LATER = "UPDATE pick SET tries = tries + 1, next_try_at = ?2, trouble = ?3
        WHERE number = ?1 AND state = 0";
    PICK_END = "UPDATE pick SET tries = tries + 1, state = ?2, ended_at = ?3, stands = ?4,
            trouble = ?5
        WHERE number = ?1 AND state = 0";
    PICK_IF_LAST = "SELECT number, out_pov_id, day, appointment_id, picked, acted_at, acted_by,
            state, tries, next_try_at, ended_at, stands, trouble, seen
        FROM pick WHERE number = ?1 AND out_pov_id = ?2 AND NOT EXISTS (
            SELECT 1 FROM pick AS later WHERE later.out_pov_id = pick.out_pov_id
                AND later.day = pick.day AND later.appointment_id = pick.appointment_id
                AND later.number > pick.number)";
    PICK_SEEN = "UPDATE pick SET seen = ?2 WHERE number = ?1";
    PICKS_WAITING = "SELECT count(*), min(acted_at) FROM pick WHERE state = 0";
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    #[test]
    fn every_statement_fits_the_tables() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in super::super::SCHEMA.migrations {
            connection.execute_batch(migration.sql).unwrap();
        }
        assert!(super::ALL.len() > 40);
        for (name, sql) in super::ALL {
            if let Err(error) = connection.prepare(sql) {
                panic!("{name}: {error}");
            }
        }
    }
}
