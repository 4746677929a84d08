-- The agent's ledger. Days are days since 1970-01-01, instants milliseconds since then.
--
-- Rows are clustered on the POV-day, because they are read and written a POV-day at a time. There
-- is no index over the scattered appointment ids: it would cost more than all other writes
-- together. An id that is new to a day is looked up on the other days of its POV, and among the
-- few that are absent.

-- `lent` tells whether an appointment that was absent here turned up at another POV. Only then may
-- an id that is new to a POV have a history there.
CREATE TABLE pov (
    pov        INTEGER PRIMARY KEY,
    out_pov_id TEXT NOT NULL UNIQUE,
    lent       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is known of a POV-day as a whole. `windows` are those of its last standing certificate:
-- rows tell by their number when they were last shown. When the rows do not stand for it any
-- more (`stands` = 0), they still do, but an equal answer is not recognised by it.
CREATE TABLE day (
    pov        INTEGER NOT NULL REFERENCES pov,
    day        INTEGER NOT NULL,
    stands     INTEGER NOT NULL,
    checked_at INTEGER,
    valid_at   INTEGER,
    tried_at   INTEGER NOT NULL,
    live       INTEGER NOT NULL CHECK (live >= 0),
    picked     INTEGER NOT NULL CHECK (picked BETWEEN 0 AND live),
    suspected  INTEGER NOT NULL CHECK (suspected >= 0),
    verdict    TEXT NOT NULL,
    windows    BLOB NOT NULL,
    PRIMARY KEY (pov, day)
) STRICT, WITHOUT ROWID;

-- Rows that are there. `seen` is twice the number of a window of the day, or twice an instant
-- plus 1.
CREATE TABLE live (
    pov            INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    appointment_id TEXT NOT NULL,
    version        INTEGER NOT NULL,
    seen           INTEGER NOT NULL,
    period         INTEGER NOT NULL,
    picked         INTEGER NOT NULL,
    pick_code      TEXT NOT NULL,
    name           TEXT NOT NULL,
    PRIMARY KEY (pov, day, appointment_id)
) STRICT, WITHOUT ROWID;

-- Rows that are suspected or were reported cancelled. They are few, and any POV may ask for them
-- by id.
CREATE TABLE absent (
    appointment_id TEXT NOT NULL,
    pov            INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    seen_at        INTEGER NOT NULL,
    vanished_at    INTEGER NOT NULL,
    confirmed_at   INTEGER,
    -- The certificate that proved it cancelled; NULL while it is suspected.
    cancelled_by   INTEGER,
    period         INTEGER NOT NULL,
    picked         INTEGER NOT NULL,
    pick_code      TEXT NOT NULL,
    name           TEXT NOT NULL,
    PRIMARY KEY (appointment_id, pov),
    CHECK (cancelled_by IS NULL OR confirmed_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX suspect ON absent (pov, day) WHERE cancelled_by IS NULL;
CREATE INDEX cancelled ON absent (cancelled_by) WHERE cancelled_by IS NOT NULL;

CREATE TABLE certificate (
    certificate INTEGER PRIMARY KEY,
    pov         INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    evidence    BLOB NOT NULL
) STRICT;

CREATE TABLE history (
    pov            INTEGER NOT NULL,
    appointment_id TEXT NOT NULL,
    version        INTEGER NOT NULL,
    kind           INTEGER NOT NULL,
    certificate    INTEGER NOT NULL,
    observed_at    INTEGER NOT NULL,
    states         BLOB NOT NULL,
    PRIMARY KEY (pov, appointment_id, version)
) STRICT, WITHOUT ROWID;

-- The outbox: in which order the lines of the history are to be handed on.
CREATE TABLE event (
    cursor         INTEGER PRIMARY KEY,
    pov            INTEGER NOT NULL,
    appointment_id TEXT NOT NULL,
    version        INTEGER NOT NULL
) STRICT;

-- The last certificate and cursor given out, and how many changes of each kind were ever told.
CREATE TABLE tally (
    what  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    app_key TEXT NOT NULL,
    day     INTEGER NOT NULL,
    taken   INTEGER NOT NULL,
    PRIMARY KEY (app_key, day)
) STRICT, WITHOUT ROWID;
