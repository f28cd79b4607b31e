-- The roster: what staff and doctor know of a person, cards with an end, relatives with consent, targets, photos.
ALTER TABLE person ADD COLUMN village TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN atrial_fibrillation INTEGER NOT NULL DEFAULT 0 CHECK (atrial_fibrillation IN (0, 1));
ALTER TABLE person ADD COLUMN other_conditions TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN risk_drugs TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN health_class TEXT CHECK (health_class IN ('good', 'intermediate', 'poor'));
ALTER TABLE person ADD COLUMN lives_alone INTEGER NOT NULL DEFAULT 0 CHECK (lives_alone IN (0, 1));
ALTER TABLE person ADD COLUMN comes_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN fasting_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN standing TEXT NOT NULL DEFAULT 'active' CHECK (standing IN ('active', 'dead', 'moved_away'));
ALTER TABLE person ADD COLUMN standing_since TEXT;
ALTER TABLE person ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX person_by_name ON person(name, birth_date);

ALTER TABLE card ADD COLUMN same_as INTEGER REFERENCES card(id);
ALTER TABLE card ADD COLUMN reader TEXT NOT NULL DEFAULT 'as_typed';
ALTER TABLE card ADD COLUMN issued INTEGER NOT NULL DEFAULT 0 CHECK (issued IN (0, 1));
ALTER TABLE card ADD COLUMN ended_at_ms INTEGER;
ALTER TABLE card ADD COLUMN ended_why TEXT CHECK (ended_why IN ('lost', 'replaced', 'given_back', 'wrong_person'));
CREATE INDEX card_by_person ON card(person_id);

CREATE TABLE photo (
    person_id   INTEGER PRIMARY KEY REFERENCES person(id),
    kind        TEXT NOT NULL CHECK (kind IN ('image/jpeg', 'image/png')),
    bytes       BLOB NOT NULL,
    added_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE target (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id      INTEGER NOT NULL REFERENCES person(id),
    systolic_mmhg  TEXT,
    diastolic_mmhg TEXT,
    fasting_mmol_l TEXT,
    other_mmol_l   TEXT,
    set_by         TEXT NOT NULL,
    reason         TEXT NOT NULL,
    set_at_ms      INTEGER NOT NULL,
    expires_on     TEXT NOT NULL,
    ended_at_ms    INTEGER,
    ended_by       TEXT,
    CHECK (coalesce(systolic_mmhg, diastolic_mmhg, fasting_mmol_l, other_mmol_l) IS NOT NULL)
) STRICT;
CREATE INDEX target_by_person ON target(person_id, id);

CREATE TABLE relative (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id   INTEGER NOT NULL REFERENCES person(id),
    name        TEXT NOT NULL,
    relation    TEXT NOT NULL CHECK (relation IN ('spouse', 'son', 'daughter', 'child_in_law',
                  'grandchild', 'sibling', 'kin', 'neighbour')),
    phone       TEXT NOT NULL DEFAULT '',
    email       TEXT NOT NULL DEFAULT '',
    chat        TEXT NOT NULL DEFAULT '',
    language    TEXT NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),
    added_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX relative_by_person ON relative(person_id);

CREATE TABLE consent (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    relative_id INTEGER NOT NULL REFERENCES relative(id),
    shares      TEXT NOT NULL,
    given_on    TEXT NOT NULL,
    how         TEXT NOT NULL CHECK (how IN ('spoken', 'written', 'guardian')),
    noted_by    TEXT NOT NULL,
    noted_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    ended_by    TEXT
) STRICT;
CREATE INDEX consent_by_relative ON consent(relative_id, id);
