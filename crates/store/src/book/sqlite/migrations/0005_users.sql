-- Who may sign in to the platform's site.

-- A user without an ISV is an operator. The password is kept as a hash in the PHC form, whose
-- parameters stand in it.
CREATE TABLE site_user (
    name TEXT PRIMARY KEY,
    isv_id INTEGER REFERENCES isv,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Kept as digests: who reads this file cannot use them.
CREATE TABLE site_session (
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL REFERENCES site_user,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > created_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX site_session_of ON site_session (name);

-- Attempts to sign in, counted by a digest of who or whence: somebody may have typed a password
-- where a name belongs.
CREATE TABLE sign_in_attempt (
    digest TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    began_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
