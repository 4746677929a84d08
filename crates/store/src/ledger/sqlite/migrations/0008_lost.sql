-- The certificate of the scan that suspected the row, so that a decision about the fleet lets go
-- the rows alone that were lost when it was shown. Those of before have 0, earlier than any.
ALTER TABLE absent ADD COLUMN suspected_by INTEGER NOT NULL DEFAULT 0;
