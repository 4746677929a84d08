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
