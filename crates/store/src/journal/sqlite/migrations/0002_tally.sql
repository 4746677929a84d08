-- How many calls of an hour came to what, so that nobody has to count lines. `hour` is counted from
-- 1970; `app` is empty where a call told of none that is known. An outcome is 0 for an answer, 1 for an
-- error, 2 for a failure; `code` and `sub_code` are 0 and empty where it has none.
CREATE TABLE tally (
    hour INTEGER NOT NULL,
    app TEXT NOT NULL,
    outcome INTEGER NOT NULL CHECK (outcome IN (0, 1, 2)),
    code INTEGER NOT NULL,
    sub_code TEXT NOT NULL,
    calls INTEGER NOT NULL CHECK (calls > 0),
    PRIMARY KEY (hour, app, outcome, code, sub_code)
) STRICT, WITHOUT ROWID;

-- From when on every call is counted: what is in the log already is not.
CREATE TABLE tallied (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    since INTEGER NOT NULL
) STRICT;

INSERT INTO tallied SELECT 1, coalesce(max(last_at) + 1, 0) FROM block;
