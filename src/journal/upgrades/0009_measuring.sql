-- How long measuring took is kept with the reading: a check-in that began meanwhile claims nothing.
ALTER TABLE reading ADD COLUMN measuring_s INTEGER NOT NULL DEFAULT 0;
UPDATE reading SET measuring_s = CASE kind WHEN 'blood_pressure' THEN 45 ELSE 15 END;
