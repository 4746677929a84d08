-- The request log. A block is what was logged within a moment; `content` holds its lines, packed.
-- Instants are milliseconds since 1970.
CREATE TABLE block (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    -- Calls of that moment which could not be logged.
    lost INTEGER NOT NULL CHECK (lost >= 0),
    bytes INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;

-- What all blocks take together, so that nobody has to add it up.
CREATE TABLE kept (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes INTEGER NOT NULL
) STRICT;

INSERT INTO kept VALUES (1, 0);
