-- What staff do at the desk and at the bedside: signs, meals, and waiting for the next reading of a device.
CREATE TABLE sign (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES person(id),
    sign      TEXT NOT NULL,
    from_ms   INTEGER NOT NULL,
    ticked_by TEXT NOT NULL,
    until_ms  INTEGER,
    ended_by  TEXT,
    CHECK ((until_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX sign_by_person ON sign(person_id, from_ms);

CREATE TABLE meal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL REFERENCES person(id),
    began_ms   INTEGER NOT NULL,
    said_at_ms INTEGER NOT NULL,
    said_by    TEXT NOT NULL
) STRICT;
CREATE INDEX meal_by_person ON meal(person_id, began_ms);

CREATE TABLE bedside (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id      INTEGER NOT NULL REFERENCES device(id),
    person_id      INTEGER REFERENCES person(id),
    opened_by      TEXT NOT NULL,
    from_ms        INTEGER NOT NULL,
    until_ms       INTEGER NOT NULL,
    observation_id INTEGER UNIQUE REFERENCES observation(id),
    ended_ms       INTEGER,
    ended_by       TEXT,
    CHECK ((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX bedside_open ON bedside(device_id) WHERE observation_id IS NULL AND ended_ms IS NULL;

-- The day board asks when somebody was last here.
CREATE INDEX check_in_by_person ON check_in(person_id, from_ms);
