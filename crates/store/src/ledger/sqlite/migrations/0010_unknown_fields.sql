-- What a row says beside what the contract knows of it, as the text of a JSON object; NULL if
-- nothing. It may hold a patient's data, and is erased with the name.
ALTER TABLE live ADD COLUMN unknown_fields TEXT;
ALTER TABLE absent ADD COLUMN unknown_fields TEXT;

-- An answer that was read before this stays unread as long as it comes again. Where a server is known
-- to say more than the contract, each list is to be read once more, so that what it says is kept.
UPDATE day SET stands = 0
WHERE live > 0 AND EXISTS (SELECT 1 FROM habit WHERE name LIKE 'unknown-field:%');
