-- Brakes: what holds cancellations back when too much vanishes at once. And what a server shows
-- that cannot be taken at its word: rows that cannot be read, habits that were learned.

-- Whether a person has accepted that the row is gone, although more had vanished at once than
-- people cancel.
ALTER TABLE absent ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;

-- Losses are counted over the last hour, for the fleet and for one POV-day. Absent rows are few.
CREATE INDEX lost ON absent (vanished_at) WHERE accepted = 0;
CREATE INDEX lost_of_day ON absent (pov, day, vanished_at) WHERE accepted = 0;

-- What is held; POV 0 and day 0 are the fleet.
CREATE TABLE brake (
    pov            INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    held_at        INTEGER NOT NULL,
    counted_from   INTEGER NOT NULL,
    known          INTEGER NOT NULL,
    lost           INTEGER NOT NULL,
    persists_since INTEGER,
    rejected_at    INTEGER,
    PRIMARY KEY (pov, day)
) STRICT, WITHOUT ROWID;

-- Who decided what of a hold, and when.
CREATE TABLE brake_decision (
    decision   INTEGER PRIMARY KEY,
    pov        INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    accepted   INTEGER NOT NULL,
    known      INTEGER NOT NULL,
    lost       INTEGER NOT NULL
) STRICT;

-- How many rows are live in the whole fleet, kept with each write.
INSERT INTO tally (what, value) SELECT 'live', coalesce(sum(live), 0) FROM day;

-- Rows that cannot be taken at their word, as they came.
CREATE TABLE quarantine (
    number         INTEGER PRIMARY KEY,
    pov            INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    appointment_id TEXT,
    reason         TEXT NOT NULL,
    raw            TEXT NOT NULL,
    first_at       INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    -- Whether its list still shows it. Then its appointment is not gone.
    is_there       INTEGER NOT NULL
) STRICT;

CREATE INDEX quarantine_of_list ON quarantine (pov, day);
CREATE INDEX quarantine_of_id ON quarantine (appointment_id) WHERE is_there = 1;

-- What was learned about the server that an app calls.
CREATE TABLE habit (
    app_key TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   INTEGER NOT NULL,
    PRIMARY KEY (app_key, name)
) STRICT, WITHOUT ROWID;
