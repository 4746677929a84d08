-- The write side: which periods may be booked, bookings that were asked for, what became of them.

-- A grant that also lets its app write. It goes when the grant does.
CREATE TABLE app_write_grant (
    app_key TEXT NOT NULL,
    is_prefix INTEGER NOT NULL,
    out_pov_id TEXT NOT NULL,
    PRIMARY KEY (app_key, is_prefix, out_pov_id),
    FOREIGN KEY (app_key, is_prefix, out_pov_id) REFERENCES app_grant ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What an ISV has told of its POV beside the name.
CREATE TABLE pov_detail (
    pov_id INTEGER PRIMARY KEY REFERENCES pov,
    telephone TEXT NOT NULL,
    address TEXT NOT NULL,
    description TEXT,
    business_time TEXT
) STRICT;

-- Periods that may be booked. `booked` is the number of live appointments of the period, which the
-- triggers below keep right whatever statement writes them. Who books through the platform first
-- holds a seat, which the check refuses when there is none; who brings in what stands already, as
-- an import does, does not ask.
CREATE TABLE schedule (
    pov_id INTEGER NOT NULL REFERENCES pov,
    day INTEGER NOT NULL,
    period INTEGER NOT NULL,
    capacity INTEGER NOT NULL CHECK (capacity > 0),
    booked INTEGER NOT NULL CHECK (booked >= 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
    is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    PRIMARY KEY (pov_id, day, period),
    CHECK (held = 0 OR booked + held <= capacity)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER appointment_takes_seat AFTER INSERT ON appointment
BEGIN
    UPDATE schedule SET booked = booked + 1, held = 0
    WHERE pov_id = NEW.pov_id AND day = NEW.day AND period = NEW.period;
END;

CREATE TRIGGER appointment_frees_seat AFTER DELETE ON appointment
BEGIN
    UPDATE schedule SET booked = booked - 1
    WHERE pov_id = OLD.pov_id AND day = OLD.day AND period = OLD.period;
END;

CREATE TRIGGER appointment_changes_seat AFTER UPDATE OF pov_id, day, period ON appointment
WHEN (OLD.pov_id, OLD.day, OLD.period) <> (NEW.pov_id, NEW.day, NEW.period)
BEGIN
    UPDATE schedule SET booked = booked - 1
    WHERE pov_id = OLD.pov_id AND day = OLD.day AND period = OLD.period;
    UPDATE schedule SET booked = booked + 1, held = 0
    WHERE pov_id = NEW.pov_id AND day = NEW.day AND period = NEW.period;
END;

-- How many pick codes a POV's day has given out, and by what they are shuffled.
CREATE TABLE pick_code_counter (
    pov_id INTEGER NOT NULL REFERENCES pov,
    day INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    given INTEGER NOT NULL CHECK (given > 0),
    PRIMARY KEY (pov_id, day)
) STRICT, WITHOUT ROWID;

-- How many appointment ids the platform has given out.
CREATE TABLE appointment_number (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    given INTEGER NOT NULL CHECK (given >= 0)
) STRICT;

INSERT INTO appointment_number (only, given) VALUES (1, 0);

-- Bookings that were made through the platform, in their order. `changed_at` is when one was made,
-- moved or cancelled last.
CREATE TABLE booking (
    number INTEGER PRIMARY KEY,
    appointment_id TEXT NOT NULL UNIQUE,
    vaccine_id TEXT,
    booked_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX booking_changed ON booking (changed_at);

-- What was answered to a booking's key, and the digest of what was asked.
CREATE TABLE booking_key (
    app_key TEXT NOT NULL REFERENCES app,
    out_id TEXT NOT NULL,
    request BLOB NOT NULL,
    appointment_id TEXT NOT NULL,
    pick_code TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (app_key, out_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX booking_key_age ON booking_key (answered_at);

-- Appointments that were cancelled, as they stood last.
CREATE TABLE cancelled_appointment (
    appointment_id TEXT PRIMARY KEY,
    pov_id INTEGER NOT NULL REFERENCES pov,
    day INTEGER NOT NULL,
    period INTEGER NOT NULL,
    name TEXT NOT NULL,
    cancelled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX cancelled_appointment_age ON cancelled_appointment (cancelled_at);

-- The last that a clinic told of a visit: taking or giving back the number, and why the person was
-- not vaccinated. Each has its own time, because either may be told late.
CREATE TABLE visit (
    appointment_id TEXT PRIMARY KEY,
    picked INTEGER CHECK (picked IN (0, 1)),
    picked_at INTEGER,
    not_inoculated_reason TEXT,
    not_inoculated_at INTEGER,
    told_at INTEGER NOT NULL,
    CHECK ((picked IS NULL) = (picked_at IS NULL)),
    CHECK ((not_inoculated_reason IS NULL) = (not_inoculated_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX visit_age ON visit (told_at);
