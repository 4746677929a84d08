-- Delivery: who is handed the events, how far each has got, and what could not be handed over yet.

-- By which consumers know this ledger: the numbers of another one mean nothing to them.
CREATE TABLE identity (
    ledger TEXT NOT NULL
) STRICT;

INSERT INTO identity (ledger) VALUES (lower(hex(randomblob(8))));

-- Every event up to `cursor` was handed over, is a letter, or is counted as lost.
CREATE TABLE sink (
    sink         INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    cursor       INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    -- Forgotten before they could be handed over.
    lost         INTEGER NOT NULL DEFAULT 0,
    -- The last trouble, until something is handed over again.
    failed_at    INTEGER,
    failure      TEXT,
    -- Why nothing more is tried, until a person says so.
    stopped      TEXT
) STRICT;

-- Events that a sink's cursor has passed and that were not handed over. The event itself is told
-- by its number: a letter holds no patient's data, and does not outlive what it is about.
CREATE TABLE letter (
    sink      INTEGER NOT NULL REFERENCES sink,
    cursor    INTEGER NOT NULL,
    -- 0 waits, 1 is dead, 2 was asked for again and not yet taken up.
    state     INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    attempts  INTEGER NOT NULL,
    due_at    INTEGER NOT NULL,
    failed_at INTEGER,
    reason    TEXT,
    PRIMARY KEY (sink, cursor)
) STRICT, WITHOUT ROWID;

CREATE INDEX letter_state ON letter (state, sink, cursor);

-- Made to be read by others, whose columns stay as they are. Names are masked, instants are UTC.
CREATE TABLE events_v1 (
    sequence       INTEGER PRIMARY KEY,
    event_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    out_pov_id     TEXT NOT NULL,
    appointment_id TEXT NOT NULL,
    version        INTEGER NOT NULL,
    observed_at    TEXT NOT NULL,
    day_before     TEXT,
    day_after      TEXT,
    period_before  TEXT,
    period_after   TEXT,
    picked_before  INTEGER,
    picked_after   INTEGER,
    pov_before     TEXT,
    pov_after      TEXT,
    name_masked    TEXT,
    certificate    INTEGER NOT NULL,
    verdict        TEXT NOT NULL,
    scan_began_at  TEXT,
    scan_ended_at  TEXT
) STRICT;

-- Nobody changes what was told.
CREATE TRIGGER events_v1_stay BEFORE UPDATE ON events_v1
BEGIN
    SELECT raise(ABORT, 'events_v1 is only read: what was told is not changed');
END;

-- How far names were erased: up to which event, and before which day.
INSERT INTO tally (what, value) VALUES ('names_erased_until', 0), ('names_erased_before', -1000000);
