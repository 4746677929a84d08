-- How often was called, in a file of its own: it is written to while an import holds the book.

-- The calls of a day of Asia/Shanghai, in days since 1970-01-01. An empty app_key is all apps
-- together, an empty method all methods together. Reserved are those that running processes may
-- still let through, and those that a killed one never did, together with the used ones.
CREATE TABLE call_count (
    day INTEGER NOT NULL,
    app_key TEXT NOT NULL,
    method TEXT NOT NULL,
    reserved INTEGER NOT NULL,
    used INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (day, app_key, method),
    CHECK (used <= reserved)
) STRICT, WITHOUT ROWID;
