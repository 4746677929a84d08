-- The clinic's side of the agent: who may look and act, and what was done at the desk.

-- Tokens, codes and sessions are kept as their SHA-256: whoever reads this file can use none.
-- A token without a POV is the ISV's, for the fleet.
CREATE TABLE clinic_token (
    token      INTEGER PRIMARY KEY,
    digest     BLOB NOT NULL UNIQUE,
    out_pov_id TEXT,
    label      TEXT NOT NULL,
    made_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE clinic_pairing (
    digest     BLOB PRIMARY KEY,
    out_pov_id TEXT NOT NULL,
    label      TEXT NOT NULL,
    is_screen  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clinic_device (
    device       INTEGER PRIMARY KEY,
    digest       BLOB NOT NULL UNIQUE,
    out_pov_id   TEXT NOT NULL,
    label        TEXT NOT NULL,
    is_screen    INTEGER NOT NULL,
    paired_at    INTEGER NOT NULL,
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER
) STRICT;

CREATE TABLE clinic_staff (
    staff        INTEGER PRIMARY KEY,
    out_pov_id   TEXT NOT NULL,
    name         TEXT NOT NULL,
    pin_hash     TEXT NOT NULL,
    may_decide   INTEGER NOT NULL,
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    UNIQUE (out_pov_id, name)
) STRICT;

CREATE TABLE clinic_session (
    digest     BLOB PRIMARY KEY,
    staff      INTEGER NOT NULL REFERENCES clinic_staff ON DELETE CASCADE,
    device     INTEGER NOT NULL REFERENCES clinic_device ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done at the desk, and whether the platform knows it. `state`: 0 waits to be told,
-- 1 told, 2 refused, 3 superseded by a later one before it was told.
CREATE TABLE pick (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    out_pov_id     TEXT NOT NULL,
    day            INTEGER NOT NULL,
    appointment_id TEXT NOT NULL,
    picked         INTEGER NOT NULL,
    acted_at       INTEGER NOT NULL,
    acted_by       TEXT NOT NULL,
    state          INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    tries          INTEGER NOT NULL DEFAULT 0,
    next_try_at    INTEGER NOT NULL,
    ended_at       INTEGER,
    -- Whether the platform says that what it was told stands; NULL where it does not say.
    stands         INTEGER,
    trouble        TEXT,
    seen           INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX pick_of_list ON pick (out_pov_id, day, appointment_id);
CREATE INDEX pick_waiting ON pick (next_try_at) WHERE state = 0;
