-- From which record on the audit is a chain: from there on a record without its hash has lost it.
-- Of a book in use it is the first record that has one, or the next one; of a new book, the first.
CREATE TABLE audit_chain_begin (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL CHECK (sequence > 0)
) STRICT;

INSERT INTO audit_chain_begin (one, sequence) SELECT 1, coalesce(
    (SELECT min(sequence) FROM audit WHERE hash IS NOT NULL),
    (SELECT max(sequence) + 1 FROM audit),
    1);

CREATE TRIGGER audit_chain_begin_kept BEFORE DELETE ON audit_chain_begin
BEGIN
    SELECT RAISE(ABORT, 'where the chain begins is said once');
END;

CREATE TRIGGER audit_chain_begin_fixed BEFORE UPDATE ON audit_chain_begin
BEGIN
    SELECT RAISE(ABORT, 'where the chain begins is said once');
END;
