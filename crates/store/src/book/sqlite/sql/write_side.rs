//! Statements of the write side.

statements! {
    // Who may write, and what is known of POVs.
    ADD_WRITE_GRANT = "INSERT INTO app_write_grant (app_key, is_prefix, out_pov_id)
        VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    REMOVE_WRITE_GRANT = "DELETE FROM app_write_grant
        WHERE app_key = ?1 AND is_prefix = ?2 AND out_pov_id = ?3";
    WRITE_GRANTS = "SELECT is_prefix, out_pov_id FROM app_write_grant WHERE app_key = ?1
        ORDER BY is_prefix, out_pov_id";
    SET_DETAILS = "INSERT INTO pov_detail (pov_id, telephone, address, description, business_time)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (pov_id) DO UPDATE SET telephone = excluded.telephone,
            address = excluded.address, description = excluded.description,
            business_time = excluded.business_time
        WHERE (telephone, address) <> (excluded.telephone, excluded.address)
            OR description IS NOT excluded.description
            OR business_time IS NOT excluded.business_time";
    POVS_OF_ISV = "SELECT count(*) FROM pov WHERE isv_id = ?1";
    POV_OF_ISV_NAMED = "SELECT pov_id FROM pov JOIN isv USING (isv_id)
        WHERE isv.name = ?1 AND out_pov_id = ?2";
    DETAILS = "SELECT coalesce(pov.name, ''), telephone, address, description, business_time
        FROM pov_detail JOIN pov USING (pov_id) WHERE pov_id = ?1";

    // Schedules.
    OPEN_PERIOD = "INSERT INTO schedule (pov_id, day, period, capacity, booked, is_open)
        VALUES (?1, ?2, ?3, ?4, (SELECT count(*) FROM appointment
            WHERE pov_id = ?1 AND day = ?2 AND period = ?3), 1)
        ON CONFLICT (pov_id, day, period) DO UPDATE SET capacity = excluded.capacity, is_open = 1
        WHERE (capacity, is_open) <> (excluded.capacity, 1)";
    CLOSE_PERIOD = "UPDATE schedule SET is_open = 0
        WHERE pov_id = ?1 AND day = ?2 AND period = ?3 AND is_open = 1";
    SCHEDULE = "SELECT period, capacity, booked, is_open FROM schedule
        WHERE pov_id = ?1 AND day = ?2 ORDER BY period";
    PERIOD_IS_OPEN = "SELECT is_open FROM schedule
        WHERE pov_id = ?1 AND day = ?2 AND period = ?3";
    HOLD_SEAT = "UPDATE schedule SET held = 1
        WHERE pov_id = ?1 AND day = ?2 AND period = ?3 AND is_open = 1";

    // Ids and pick codes.
    NEXT_NUMBER = "UPDATE appointment_number SET given = given + 1 WHERE only = 1
        RETURNING given";
    NEXT_CODE = "INSERT INTO pick_code_counter (pov_id, day, seed, given)
        VALUES (?1, ?2, random(), 1)
        ON CONFLICT (pov_id, day) DO UPDATE SET given = given + 1
        RETURNING seed, given";

    // Bookings and their keys.
    ADD_BOOKING = "INSERT INTO booking
            (number, appointment_id, vaccine_id, booked_at, changed_at, isv_id)
        VALUES (?1, ?2, ?3, ?4, ?4, (SELECT isv_id FROM pov WHERE pov_id = ?5))";
    HAS_BOOKINGS = "SELECT EXISTS (SELECT 1 FROM booking)";
    BOOKING_CHANGED = "UPDATE booking SET changed_at = max(changed_at, ?2)
        WHERE appointment_id = ?1";
    ADD_KEY = "INSERT INTO booking_key
            (app_key, out_id, request, appointment_id, pick_code, answered_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (app_key, out_id) DO UPDATE SET request = excluded.request,
            appointment_id = excluded.appointment_id, pick_code = excluded.pick_code,
            answered_at = excluded.answered_at";
    KEY = "SELECT request, appointment_id, pick_code FROM booking_key
        WHERE app_key = ?1 AND out_id = ?2 AND answered_at >= ?3";
    CHANGED_BOOKINGS = "SELECT booking.number, coalesce(live.pov_id, gone.pov_id)
        FROM booking
        LEFT JOIN appointment AS live ON live.appointment_id = booking.appointment_id
        LEFT JOIN cancelled_appointment AS gone ON gone.appointment_id = booking.appointment_id
        WHERE booking.isv_id = ?1 AND booking.vaccine_id = ?2 AND booking.changed_at >= ?3";
    BOOKING_RECORD = "SELECT booking.appointment_id, booking.booked_at, pov.pov_id, pov.name,
            coalesce(live.day, gone.day), coalesce(live.period, gone.period),
            coalesce(live.name, gone.name),
            CASE WHEN live.appointment_id IS NULL THEN gone.cancelled_at END
        FROM booking
        LEFT JOIN appointment AS live ON live.appointment_id = booking.appointment_id
        LEFT JOIN cancelled_appointment AS gone ON gone.appointment_id = booking.appointment_id
        JOIN pov ON pov.pov_id = coalesce(live.pov_id, gone.pov_id)
        WHERE booking.number = ?1";

    // Cancelled appointments.
    REMEMBER_CANCELLED = "INSERT INTO cancelled_appointment
            (appointment_id, pov_id, day, period, name, cancelled_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (appointment_id) DO UPDATE SET pov_id = excluded.pov_id, day = excluded.day,
            period = excluded.period, name = excluded.name, cancelled_at = excluded.cancelled_at";
    CANCELLED_AT_POV = "SELECT pov_id FROM cancelled_appointment
        WHERE appointment_id = ?1 AND cancelled_at >= ?2";
    POV_OF = "SELECT coalesce(
        (SELECT pov_id FROM appointment WHERE appointment_id = ?1),
        (SELECT pov_id FROM cancelled_appointment WHERE appointment_id = ?1))";

    // Visits.
    VISIT = "SELECT picked, picked_at, not_inoculated_reason, not_inoculated_at FROM visit
        WHERE appointment_id = ?1";
    SET_PICKED_VISIT = "INSERT INTO visit (appointment_id, picked, picked_at, told_at)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (appointment_id) DO UPDATE SET picked = excluded.picked,
            picked_at = excluded.picked_at, told_at = excluded.told_at";
    OVERRULE_VISIT = "UPDATE visit SET picked = ?2, picked_at = ?3, told_at = ?3
        WHERE appointment_id = ?1 AND picked IS NOT NULL";
    SET_NOT_INOCULATED = "INSERT INTO visit
            (appointment_id, not_inoculated_reason, not_inoculated_at, told_at)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (appointment_id) DO UPDATE SET
            not_inoculated_reason = excluded.not_inoculated_reason,
            not_inoculated_at = excluded.not_inoculated_at, told_at = excluded.told_at";

    // Forgetting what is old, a little with every write, so that no write takes long.
    FORGET_BOOKINGS = "DELETE FROM booking WHERE number IN (SELECT number FROM booking
        WHERE changed_at < ?1 ORDER BY changed_at LIMIT ?2)";
    FORGET_KEYS = "DELETE FROM booking_key WHERE (app_key, out_id) IN (
        SELECT app_key, out_id FROM booking_key
        WHERE answered_at < ?1 ORDER BY answered_at LIMIT ?2)";
    FORGET_CANCELLED = "DELETE FROM cancelled_appointment WHERE appointment_id IN (
        SELECT appointment_id FROM cancelled_appointment
        WHERE cancelled_at < ?1 ORDER BY cancelled_at LIMIT ?2)";
    FORGET_VISITS = "DELETE FROM visit WHERE appointment_id IN (SELECT appointment_id FROM visit
        WHERE told_at < ?1 ORDER BY told_at LIMIT ?2)";
}
