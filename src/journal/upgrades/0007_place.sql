-- Dangerous values that are nobody's, until a person says "I have it".
CREATE TABLE place_notice (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    centre_id      INTEGER NOT NULL REFERENCES centre(id),
    device_id      INTEGER NOT NULL REFERENCES device(id),
    frame_id       INTEGER NOT NULL REFERENCES frame(id),
    observation_id INTEGER UNIQUE REFERENCES observation(id),
    alarm          TEXT NOT NULL,
    shown          TEXT NOT NULL,
    taken_at_ms    INTEGER NOT NULL,
    raised_at_ms   INTEGER NOT NULL,
    late           INTEGER NOT NULL CHECK (late IN (0, 1)),
    answered_at_ms INTEGER,
    answered_by    TEXT,
    CHECK ((answered_at_ms IS NULL) = (answered_by IS NULL))
) STRICT;
CREATE INDEX place_notice_open ON place_notice(centre_id, id) WHERE answered_at_ms IS NULL;
CREATE INDEX place_notice_by_device ON place_notice(device_id, id);
