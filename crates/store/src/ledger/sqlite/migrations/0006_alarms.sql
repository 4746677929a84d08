-- What a person must hear of: raised once, cleared once.
--
-- `app_key` is '' where an alarm is of the whole ledger. Which kinds there are is for whoever
-- raises them to say.
CREATE TABLE alarm (
    alarm      INTEGER PRIMARY KEY,
    app_key    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    raised_at  INTEGER NOT NULL,
    cleared_at INTEGER
) STRICT;

CREATE UNIQUE INDEX alarm_open ON alarm (app_key, kind, subject) WHERE cleared_at IS NULL;
