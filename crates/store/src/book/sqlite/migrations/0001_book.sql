-- The platform's book. Days are days since 1970-01-01, instants milliseconds since then in UTC,
-- a period is 65536 times its first minute of the day plus the minute after its last.

CREATE TABLE isv (
    isv_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- At most two secrets are live, because there is no room for a third.
CREATE TABLE app (
    app_key TEXT PRIMARY KEY,
    isv_id INTEGER NOT NULL REFERENCES isv,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    secret TEXT NOT NULL,
    previous_secret TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app_grant (
    app_key TEXT NOT NULL REFERENCES app,
    is_prefix INTEGER NOT NULL CHECK (is_prefix IN (0, 1)),
    out_pov_id TEXT NOT NULL,
    PRIMARY KEY (app_key, is_prefix, out_pov_id)
) STRICT, WITHOUT ROWID;

-- An ISV's code means something only together with the ISV.
CREATE TABLE pov (
    pov_id INTEGER PRIMARY KEY,
    isv_id INTEGER NOT NULL REFERENCES isv,
    out_pov_id TEXT NOT NULL,
    name TEXT,
    UNIQUE (isv_id, out_pov_id)
) STRICT;

CREATE TABLE pov_day (
    pov_id INTEGER NOT NULL REFERENCES pov,
    day INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    next_sequence INTEGER NOT NULL CHECK (next_sequence > 0),
    PRIMARY KEY (pov_id, day)
) STRICT, WITHOUT ROWID;

-- Clustered in the order in which a day is read.
CREATE TABLE appointment (
    pov_id INTEGER NOT NULL REFERENCES pov DEFERRABLE INITIALLY DEFERRED,
    day INTEGER NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    appointment_id TEXT NOT NULL UNIQUE,
    period INTEGER NOT NULL,
    pick_code TEXT NOT NULL,
    picked INTEGER NOT NULL CHECK (picked IN (0, 1)),
    name TEXT NOT NULL,
    PRIMARY KEY (pov_id, day, sequence),
    UNIQUE (pov_id, day, pick_code)
) STRICT, WITHOUT ROWID;

-- Codes that were given out for a POV's day and are no longer held: whoever still has the old
-- slip must not take somebody else's place.
--
-- The triggers fail instead of aborting, and statements on appointments do likewise, because
-- nothing was written yet that had to be undone. If something might have to be, the engine would
-- copy every page before it touches it, which costs more than the write.
CREATE TABLE retired_pick_code (
    pov_id INTEGER NOT NULL REFERENCES pov,
    day INTEGER NOT NULL,
    pick_code TEXT NOT NULL,
    PRIMARY KEY (pov_id, day, pick_code)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER appointment_booked BEFORE INSERT ON appointment
WHEN EXISTS (
    SELECT 1 FROM retired_pick_code AS retired
    WHERE retired.pov_id = NEW.pov_id AND retired.day = NEW.day
        AND retired.pick_code = NEW.pick_code
)
BEGIN
    SELECT RAISE(FAIL, 'the pick code was used before');
END;

CREATE TRIGGER appointment_moved BEFORE UPDATE OF pov_id, day, pick_code ON appointment
WHEN EXISTS (
    SELECT 1 FROM retired_pick_code AS retired
    WHERE retired.pov_id = NEW.pov_id AND retired.day = NEW.day
        AND retired.pick_code = NEW.pick_code
)
BEGIN
    SELECT RAISE(FAIL, 'the pick code was used before');
END;

-- What was done, and at the same time the stream that followers of the book read. `access` marks
-- what changes who may call or read.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    pov_id INTEGER,
    day INTEGER,
    access INTEGER NOT NULL CHECK (access IN (0, 1)),
    object TEXT NOT NULL,
    rows INTEGER NOT NULL,
    CHECK ((pov_id IS NULL) = (day IS NULL))
) STRICT;

CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
