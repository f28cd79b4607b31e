-- Readings can be moved, put back and voided, with their history; typed by staff; and said something about.
-- The index names go with the old tables.
CREATE TABLE observation_3 (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    reading_id     INTEGER NOT NULL UNIQUE REFERENCES reading(id),
    kind           TEXT NOT NULL,
    taken_at_ms    INTEGER NOT NULL,
    uncertainty_s  INTEGER NOT NULL,
    time_method    TEXT NOT NULL CHECK (time_method IN
                     ('offset_read', 'offset_known', 'received_live', 'stated', 'unusable')),
    person_id      INTEGER REFERENCES person(id),
    basis          TEXT CHECK (basis IN
                     ('assigned_by', 'typed_by', 'card_in_message', 'checked_in', 'own_device',
                      'device_slot')),
    unclaimed_reason TEXT,
    voided         TEXT CHECK (voided IN ('test', 'visitor', 'control_solution', 'mistyped')),
    revision       INTEGER NOT NULL DEFAULT 0,
    posture        TEXT CHECK (posture IN ('sit', 'lie', 'stand')),
    meal           TEXT,
    retest         INTEGER CHECK (retest IN (0, 1)),
    CHECK ((person_id IS NULL) = (basis IS NULL)),
    CHECK ((person_id IS NOT NULL) + (unclaimed_reason IS NOT NULL) + (voided IS NOT NULL) = 1)
) STRICT;
INSERT INTO observation_3 (id, reading_id, kind, taken_at_ms, uncertainty_s, time_method, person_id, basis,
                           unclaimed_reason)
    SELECT id, reading_id, kind, taken_at_ms, uncertainty_s, time_method, person_id, basis,
           unclaimed_reason FROM observation;
DROP TABLE observation;
ALTER TABLE observation_3 RENAME TO observation;
CREATE INDEX observation_by_person ON observation(person_id, kind, taken_at_ms)
    WHERE person_id IS NOT NULL;
CREATE INDEX observation_unclaimed ON observation(id) WHERE unclaimed_reason IS NOT NULL;

CREATE TABLE subject_change (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    observation_id   INTEGER NOT NULL REFERENCES observation(id),
    revision         INTEGER NOT NULL,
    at_ms            INTEGER NOT NULL,
    actor            TEXT NOT NULL,
    from_person_id   INTEGER REFERENCES person(id),
    from_basis       TEXT,
    from_unclaimed   TEXT,
    from_voided      TEXT,
    to_person_id     INTEGER REFERENCES person(id),
    to_basis         TEXT,
    to_unclaimed     TEXT,
    to_voided        TEXT,
    why              TEXT NOT NULL,
    UNIQUE (observation_id, revision)
) STRICT;
CREATE INDEX subject_change_from ON subject_change(from_person_id, id) WHERE from_person_id IS NOT NULL;
CREATE INDEX subject_change_at ON subject_change(at_ms);

CREATE TABLE remark (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    observation_id INTEGER NOT NULL REFERENCES observation(id),
    at_ms          INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    what           TEXT NOT NULL CHECK (what IN ('posture', 'meal', 'retest')),
    said           TEXT NOT NULL
) STRICT;
CREATE INDEX remark_by_observation ON remark(observation_id, id);

CREATE TABLE record_change (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms     INTEGER NOT NULL,
    person_id INTEGER REFERENCES person(id),
    centre_id INTEGER NOT NULL REFERENCES centre(id),
    from_ms   INTEGER NOT NULL,
    why       TEXT NOT NULL
) STRICT;

CREATE TABLE device_3 (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    label       TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('cuff', 'meter', 'kiosk', 'typed')),
    centre_id   INTEGER NOT NULL REFERENCES centre(id),
    station_id  INTEGER REFERENCES station(id),
    own_person_id INTEGER REFERENCES person(id),
    account     TEXT,
    in_service_since_ms INTEGER NOT NULL,
    last_heard_at_ms INTEGER,
    battery_percent  INTEGER,
    last_sequence    TEXT,
    last_device_time_ms INTEGER
) STRICT;
INSERT INTO device_3 (id, name, label, kind, centre_id, station_id, own_person_id, account,
                      in_service_since_ms, last_heard_at_ms, battery_percent, last_sequence,
                      last_device_time_ms)
    SELECT id, name, label, kind, centre_id, station_id, own_person_id, account, in_service_since_ms,
           last_heard_at_ms, battery_percent, last_sequence, last_device_time_ms FROM device;
DROP TABLE device;
ALTER TABLE device_3 RENAME TO device;
