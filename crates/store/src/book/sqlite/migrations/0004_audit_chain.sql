-- Each record of the audit holds the hash of itself and of the record before it. Records that are
-- older than this have none of their own: the first hash covers them all.
--
-- `readings` holds who read what, many readings in one record, packed. It comes last, because it is
-- long and whoever follows the changes must not read past it.
ALTER TABLE audit ADD COLUMN hash BLOB CHECK (length(hash) = 32);
ALTER TABLE audit ADD COLUMN readings BLOB;

CREATE TRIGGER audit_chained BEFORE INSERT ON audit WHEN NEW.hash IS NULL
BEGIN
    SELECT RAISE(FAIL, 'a record of the audit has a hash');
END;
