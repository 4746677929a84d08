-- Until when a process has let calls through, which holds the next one back for the second after it.
-- NULL while one does, and for ever if it was killed. A file in use was a process's of before.
CREATE TABLE letting_through (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    until INTEGER
) STRICT;

INSERT INTO letting_through (one, until) SELECT 1, NULL WHERE EXISTS (SELECT 1 FROM call_count);
