-- What an app's polling planner has learned, as it wrote it; a lost one costs days of learning and
-- nothing else.
CREATE TABLE plan (
    app_key  TEXT NOT NULL UNIQUE,
    saved_at INTEGER NOT NULL,
    state    BLOB NOT NULL
) STRICT;
