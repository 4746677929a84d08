-- What a row says beside what the contract knows of it, as the text of a JSON object; NULL if
-- nothing. It may hold a patient's data, and is erased with the name.
ALTER TABLE live ADD COLUMN unknown_fields TEXT;
ALTER TABLE absent ADD COLUMN unknown_fields TEXT;
