-- Under which conditions an app may call.

-- What a book is for, said once, when it is first opened. A book that was in use before this table
-- is a production book.
CREATE TABLE book_kind (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sandbox INTEGER NOT NULL CHECK (sandbox IN (0, 1))
) STRICT;

INSERT INTO book_kind (one, sandbox) SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM audit);

-- An empty app_key is all apps together, an empty method all methods together. NULL leaves a limit
-- to the platform's settings, 0 lifts it.
CREATE TABLE call_limit (
    app_key TEXT NOT NULL,
    method TEXT NOT NULL,
    per_second INTEGER CHECK (per_second >= 0),
    per_day INTEGER CHECK (per_day >= 0),
    PRIMARY KEY (app_key, method),
    CHECK (app_key <> '' OR method <> '')
) STRICT, WITHOUT ROWID;

-- What one call of a method takes of its app's calls; 1 for methods that do not stand here.
CREATE TABLE method_weight (
    method TEXT PRIMARY KEY,
    weight INTEGER NOT NULL CHECK (weight > 1)
) STRICT, WITHOUT ROWID;

-- Whence an app may call. An app without a row may call from anywhere.
CREATE TABLE allowed_address (
    app_key TEXT NOT NULL REFERENCES app,
    range TEXT NOT NULL,
    PRIMARY KEY (app_key, range)
) STRICT, WITHOUT ROWID;

-- Sessions are kept as digests: who reads this file cannot use them.
CREATE TABLE app_session (
    digest TEXT PRIMARY KEY,
    app_key TEXT NOT NULL REFERENCES app,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > created_at)
) STRICT, WITHOUT ROWID;
