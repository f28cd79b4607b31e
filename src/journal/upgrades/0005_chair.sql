-- Stations: the state of the open check-in, which readings it claimed, the screen's token, the reader's type.
ALTER TABLE station ADD COLUMN reader TEXT NOT NULL DEFAULT 'as_typed' CHECK (reader IN
    ('as_typed', 'hex_10', 'decimal_10', 'decimal_8', 'facility', 'five_five'));
ALTER TABLE check_in ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'card'
    CHECK (opened_by IN ('card', 'touch', 'staff'));
ALTER TABLE check_in ADD COLUMN ended_by TEXT CHECK (ended_by IN
    ('result', 'doubt', 'other', 'not_me', 'left', 'idle', 'elsewhere', 'late'));
ALTER TABLE check_in ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_in ADD COLUMN stage TEXT NOT NULL DEFAULT 'greeted'
    CHECK (stage IN ('greeted', 'resting', 'measuring', 'again', 'standing'));
ALTER TABLE check_in ADD COLUMN stage_until_ms INTEGER;
ALTER TABLE check_in ADD COLUMN asked_ms INTEGER;
ALTER TABLE check_in ADD COLUMN kind TEXT CHECK (kind IN ('blood_pressure', 'glucose'));
ALTER TABLE check_in ADD COLUMN readings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_in ADD COLUMN standing INTEGER NOT NULL DEFAULT 0 CHECK (standing IN (0, 1));
ALTER TABLE check_in ADD COLUMN cleared_ms INTEGER;
CREATE INDEX check_in_open ON check_in(station_id) WHERE until_ms IS NULL;
CREATE INDEX check_in_of_person ON check_in(person_id) WHERE until_ms IS NULL;

CREATE TABLE check_in_reading (
    check_in_id    INTEGER NOT NULL REFERENCES check_in(id),
    observation_id INTEGER NOT NULL REFERENCES observation(id),
    PRIMARY KEY (check_in_id, observation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE station_token (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    station_id   INTEGER NOT NULL REFERENCES station(id),
    token_sha256 BLOB NOT NULL UNIQUE,
    made_at_ms   INTEGER NOT NULL,
    made_by      TEXT NOT NULL,
    revoked_at_ms INTEGER
) STRICT;
CREATE INDEX station_token_by_station ON station_token(station_id) WHERE revoked_at_ms IS NULL;
