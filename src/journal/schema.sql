-- The journal of eldercare-hub: one file, written by one thread, readable with any sqlite3.
--
-- Words: a *frame* is what a device said; a *reading* is what it means; an *observation* is a
-- reading with its subject. Times ending in _ms are milliseconds since 1970-01-01T00:00:00Z.
-- Numbers of measurements are exact decimals as text. Nothing here is ever updated but the
-- columns said to be; nothing is ever deleted but payloads past their days.
--
-- This is the document. What makes and changes a file are the numbered steps in `upgrades/`; a test holds
-- that all of them together come to what stands here. A new table or column is written in both.

-- Small facts about the file itself: 'hint_key_check', 'seal_key_check', 'demo_clock_ms', ...
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A village day-care centre.
CREATE TABLE centre (
    id      INTEGER PRIMARY KEY,
    code    TEXT NOT NULL UNIQUE,          -- short name in topics and URLs: 'c1'
    name    TEXT NOT NULL,
    village TEXT NOT NULL DEFAULT ''
) STRICT;

-- A seat: a chair, its screen and the devices bound to it.
CREATE TABLE station (
    id        INTEGER PRIMARY KEY,
    centre_id INTEGER NOT NULL REFERENCES centre(id),
    code      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    -- how its card reader writes a chip's number (people::card::ReaderType)
    reader    TEXT NOT NULL DEFAULT 'as_typed' CHECK (reader IN
                ('as_typed', 'hex_10', 'decimal_10', 'decimal_8', 'facility', 'five_five'))
) STRICT;

-- A person who is measured.
CREATE TABLE person (
    id         INTEGER PRIMARY KEY,
    centre_id  INTEGER NOT NULL REFERENCES centre(id),
    name       TEXT NOT NULL,
    pinyin     TEXT NOT NULL DEFAULT '',   -- for search
    sex        TEXT NOT NULL CHECK (sex IN ('female', 'male', 'unknown')),
    birth_date TEXT NOT NULL,              -- YYYY-MM-DD
    hypertension INTEGER NOT NULL DEFAULT 0 CHECK (hypertension IN (0, 1)),
    diabetes     INTEGER NOT NULL DEFAULT 0 CHECK (diabetes IN (0, 1)),
    added_at_ms  INTEGER NOT NULL,
    village      TEXT NOT NULL DEFAULT '',  -- where she lives; empty: the centre's
    phone        TEXT NOT NULL DEFAULT '',
    atrial_fibrillation INTEGER NOT NULL DEFAULT 0 CHECK (atrial_fibrillation IN (0, 1)),
    other_conditions    TEXT NOT NULL DEFAULT '',
    risk_drugs   TEXT NOT NULL DEFAULT '',  -- words of people::RiskDrug, space between
    health_class TEXT CHECK (health_class IN ('good', 'intermediate', 'poor')), -- a doctor set it
    lives_alone  INTEGER NOT NULL DEFAULT 0 CHECK (lives_alone IN (0, 1)),
    comes_on     TEXT NOT NULL DEFAULT '',  -- weekdays, Monday 1, space between: '2 5'
    fasting_on   TEXT NOT NULL DEFAULT '',  -- weekdays of fasting glucose
    notes        TEXT NOT NULL DEFAULT '',
    -- who is not active is not written to, and her cards claim nothing:
    standing     TEXT NOT NULL DEFAULT 'active' CHECK (standing IN ('active', 'dead', 'moved_away')),
    standing_since TEXT,                    -- YYYY-MM-DD
    revision     INTEGER NOT NULL DEFAULT 0 -- counts edits: of two people who edit, the second is told
) STRICT;
CREATE INDEX person_by_centre ON person(centre_id, pinyin, id);
CREATE INDEX person_by_name ON person(name, birth_date);

-- A card or another number that claims a person: keyed hash and last four, never the number.
-- A chip that readers write in several widths has a row for each; the narrower ones name the widest.
CREATE TABLE card (
    id        INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person(id),
    kind      TEXT NOT NULL CHECK (kind IN ('card', 'national_id', 'account')),
    hash      TEXT NOT NULL,
    last_four TEXT NOT NULL,
    added_at_ms INTEGER NOT NULL,
    same_as   INTEGER REFERENCES card(id),
    reader    TEXT NOT NULL DEFAULT 'as_typed', -- people::card::ReaderType at enrolment
    issued    INTEGER NOT NULL DEFAULT 0 CHECK (issued IN (0, 1)), -- 1: a card the hub printed
    ended_at_ms INTEGER,                   -- from then on it claims nothing
    ended_why TEXT CHECK (ended_why IN ('lost', 'replaced', 'given_back', 'wrong_person')),
    UNIQUE (kind, hash, person_id)
) STRICT;
CREATE INDEX card_by_person ON card(person_id);

-- A person's picture, so that she is known by it at the seat. Written anew when another is taken.
CREATE TABLE photo (
    person_id   INTEGER PRIMARY KEY REFERENCES person(id),
    kind        TEXT NOT NULL CHECK (kind IN ('image/jpeg', 'image/png')),
    bytes       BLOB NOT NULL,
    added_at_ms INTEGER NOT NULL
) STRICT;

-- A doctor's limits for one person: below these. The newest that was not ended and has not expired stands.
CREATE TABLE target (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id      INTEGER NOT NULL REFERENCES person(id),
    systolic_mmhg  TEXT,
    diastolic_mmhg TEXT,
    fasting_mmol_l TEXT,                   -- fasting and before meals
    other_mmol_l   TEXT,
    set_by         TEXT NOT NULL,          -- as in audit
    reason         TEXT NOT NULL,
    set_at_ms      INTEGER NOT NULL,
    expires_on     TEXT NOT NULL,          -- YYYY-MM-DD, the last day on which it stands
    ended_at_ms    INTEGER,
    ended_by       TEXT,
    CHECK (coalesce(systolic_mmhg, diastolic_mmhg, fasting_mmol_l, other_mmol_l) IS NOT NULL)
) STRICT;
CREATE INDEX target_by_person ON target(person_id, id);

-- Somebody of the family, and where to reach her.
CREATE TABLE relative (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id   INTEGER NOT NULL REFERENCES person(id),
    name        TEXT NOT NULL,
    relation    TEXT NOT NULL CHECK (relation IN ('spouse', 'son', 'daughter', 'child_in_law',
                  'grandchild', 'sibling', 'kin', 'neighbour')),
    phone       TEXT NOT NULL DEFAULT '',
    email       TEXT NOT NULL DEFAULT '',
    chat        TEXT NOT NULL DEFAULT '',  -- a name in a chat that the clinic uses
    language    TEXT NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),
    added_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX relative_by_person ON relative(person_id);

-- What the elder agreed to share with a relative. The newest that was not ended stands; none: nothing.
CREATE TABLE consent (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    relative_id INTEGER NOT NULL REFERENCES relative(id),
    shares      TEXT NOT NULL,             -- words of people::Share, space between
    given_on    TEXT NOT NULL,             -- YYYY-MM-DD
    how         TEXT NOT NULL CHECK (how IN ('spoken', 'written', 'guardian')),
    noted_by    TEXT NOT NULL,             -- as in audit
    noted_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    ended_by    TEXT
) STRICT;
CREATE INDEX consent_by_relative ON consent(relative_id, id);

-- A cuff, a meter or a kiosk that was enrolled. A device that is not here is heard, counted, and
-- its frames are quarantined. 'typed': no device, the place in each centre where staff's own typing is.
CREATE TABLE device (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,      -- vitals::DeviceId: address, serial or topic name
    label       TEXT NOT NULL,             -- what staff call it
    kind        TEXT NOT NULL CHECK (kind IN ('cuff', 'meter', 'kiosk', 'typed')),
    centre_id   INTEGER NOT NULL REFERENCES centre(id),
    station_id  INTEGER REFERENCES station(id),
    own_person_id INTEGER REFERENCES person(id),
    account     TEXT,                      -- broker account that may speak for it; NULL: any
    in_service_since_ms INTEGER NOT NULL,
    -- updated as frames arrive:
    last_heard_at_ms INTEGER,
    battery_percent  INTEGER,
    last_sequence    TEXT,
    last_device_time_ms INTEGER            -- the newest device time as sent, beside last_sequence
) STRICT;

-- Which person a device's user button means.
CREATE TABLE device_slot (
    device_id INTEGER NOT NULL REFERENCES device(id),
    slot      TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person(id),
    PRIMARY KEY (device_id, slot)
) STRICT, WITHOUT ROWID;

-- What a device's live readings said about its clock: receipt minus device time.
CREATE TABLE device_clock (
    device_id      INTEGER NOT NULL REFERENCES device(id),
    received_at_ms INTEGER NOT NULL,
    offset_ms      INTEGER NOT NULL,
    PRIMARY KEY (device_id, received_at_ms)
) STRICT, WITHOUT ROWID;

-- A device that is spoken to by Bluetooth: how, and what its connections showed. Updated as they are
-- understood; taken away when the device is forgotten (its readings and its row in device stay).
CREATE TABLE device_radio (
    device_id INTEGER PRIMARY KEY REFERENCES device(id),
    address   TEXT NOT NULL UNIQUE,        -- identity address, upper case, colons between
    profile   TEXT NOT NULL,               -- stem of its file in config/devices
    enrolled_at_ms INTEGER NOT NULL,
    bond      TEXT NOT NULL CHECK (bond IN ('none', 'bonded', 'lost')),
    trouble   TEXT,                        -- why its last connection came to nothing; NULL: it did not
    trouble_at_ms INTEGER,
    manufacturer TEXT, model TEXT, serial TEXT, firmware TEXT, hardware TEXT, software TEXT,
    pressure_feature INTEGER,              -- 2A49 as sent
    glucose_feature  INTEGER,              -- 2A51 as sent
    last_connected_at_ms INTEGER,
    connections  INTEGER NOT NULL DEFAULT 0,
    -- since when everything it held before is here: what comes new later was measured later
    whole_memory_at_ms INTEGER,
    records_lost INTEGER NOT NULL DEFAULT 0 -- counted by the device and never sent
) STRICT;

-- A device's clock as it was read in a connection (hub minus device), and when the hub set it then.
CREATE TABLE device_clock_read (
    device_id  INTEGER NOT NULL REFERENCES device(id),
    connection INTEGER NOT NULL,
    read_at_ms INTEGER NOT NULL,
    offset_ms  INTEGER NOT NULL,
    set_at_ms  INTEGER,
    PRIMARY KEY (device_id, connection)
) STRICT, WITHOUT ROWID;

-- A device's battery: a line per change.
CREATE TABLE device_battery (
    device_id INTEGER NOT NULL REFERENCES device(id),
    at_ms     INTEGER NOT NULL,
    percent   INTEGER NOT NULL,
    PRIMARY KEY (device_id, at_ms)
) STRICT, WITHOUT ROWID;

-- Who sat at a station from when to when; open while until_ms is NULL.
CREATE TABLE check_in (
    id         INTEGER PRIMARY KEY,
    station_id INTEGER NOT NULL REFERENCES station(id),
    person_id  INTEGER NOT NULL REFERENCES person(id),
    from_ms    INTEGER NOT NULL,
    until_ms   INTEGER,                    -- its claim holds until here
    opened_by  TEXT NOT NULL DEFAULT 'card' CHECK (opened_by IN ('card', 'touch', 'staff')),
    -- 'not_me': it claims nothing. 'late': read from a card long after, never open
    ended_by   TEXT CHECK (ended_by IN
                 ('result', 'doubt', 'other', 'not_me', 'left', 'idle', 'elsewhere', 'late')),
    -- the state of an open one (people::check_in::Sitting), updated as things happen:
    seen_ms    INTEGER NOT NULL DEFAULT 0,
    stage      TEXT NOT NULL DEFAULT 'greeted'
                 CHECK (stage IN ('greeted', 'resting', 'measuring', 'again', 'standing')),
    stage_until_ms INTEGER,                -- a countdown the protocol asked for
    asked_ms   INTEGER,                    -- "still <name>?" waits for its answer since
    kind       TEXT CHECK (kind IN ('blood_pressure', 'glucose')),
    readings   INTEGER NOT NULL DEFAULT 0,
    standing   INTEGER NOT NULL DEFAULT 0 CHECK (standing IN (0, 1)), -- the plan asks for standing readings
    cleared_ms INTEGER                     -- when its result left the screen
) STRICT;
CREATE INDEX check_in_by_station ON check_in(station_id, from_ms);
CREATE INDEX check_in_open ON check_in(station_id) WHERE until_ms IS NULL;
CREATE INDEX check_in_of_person ON check_in(person_id) WHERE until_ms IS NULL;
CREATE INDEX check_in_by_person ON check_in(person_id, from_ms);

-- The readings that came while somebody was in the chair and that are hers, as her screen shows them.
CREATE TABLE check_in_reading (
    check_in_id    INTEGER NOT NULL REFERENCES check_in(id),
    observation_id INTEGER NOT NULL REFERENCES observation(id),
    PRIMARY KEY (check_in_id, observation_id)
) STRICT, WITHOUT ROWID;

-- What lets a screen be the screen of a station: the token's SHA-256, never the token.
CREATE TABLE station_token (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    station_id   INTEGER NOT NULL REFERENCES station(id),
    token_sha256 BLOB NOT NULL UNIQUE,
    made_at_ms   INTEGER NOT NULL,
    made_by      TEXT NOT NULL,            -- as in audit
    revoked_at_ms INTEGER
) STRICT;
CREATE INDEX station_token_by_station ON station_token(station_id) WHERE revoked_at_ms IS NULL;

-- What was said, as it was said (after the profile's drop paths, hints as keyed hashes).
-- sealed: 0 plain, 1 encrypted because nobody understood it, 2 erased after its days.
-- outcome NULL: not settled yet; Understand takes it up at the next start.
CREATE TABLE frame (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    transport      TEXT NOT NULL,
    source         TEXT NOT NULL,
    topic          TEXT NOT NULL,
    payload        BLOB,
    payload_bytes  INTEGER NOT NULL,
    payload_sha256 BLOB NOT NULL,
    sealed         INTEGER NOT NULL CHECK (sealed IN (0, 1, 2)),
    received_at_ms INTEGER NOT NULL,
    retained       INTEGER NOT NULL CHECK (retained IN (0, 1)),
    may_be_late    INTEGER NOT NULL CHECK (may_be_late IN (0, 1)),
    refused        TEXT,                   -- why the source forbids interpreting it
    -- set when settled:
    outcome        TEXT CHECK (outcome IN
                     ('readings', 'duplicate', 'ignored', 'refused', 'quarantined', 'unreadable')),
    reason         TEXT,
    profile        TEXT,
    device_id      INTEGER REFERENCES device(id),
    settled_at_ms  INTEGER
) STRICT;
CREATE INDEX frame_unsettled ON frame(id) WHERE outcome IS NULL;
CREATE INDEX frame_not_understood ON frame(outcome, id)
    WHERE outcome IN ('refused', 'quarantined', 'unreadable');
CREATE INDEX frame_sealed ON frame(received_at_ms) WHERE sealed = 1;
CREATE INDEX frame_by_device ON frame(device_id, id) WHERE device_id IS NOT NULL;

-- How many frames ended how, per source: counted in the same transaction that settles them.
CREATE TABLE frame_count (
    source  TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason  TEXT NOT NULL,
    frames  INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    PRIMARY KEY (source, outcome, reason)
) STRICT, WITHOUT ROWID;

-- A measurement as decoded: never changed. identity is what makes it one: device, running number,
-- device time as sent, slot and values.
CREATE TABLE reading (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    frame_id    INTEGER NOT NULL REFERENCES frame(id),
    device_id   INTEGER NOT NULL REFERENCES device(id),
    kind        TEXT NOT NULL CHECK (kind IN ('blood_pressure', 'glucose')),
    systolic_mmhg  TEXT, diastolic_mmhg TEXT, map_mmhg TEXT, pulse_bpm TEXT,
    mmol_l      TEXT, value_flag TEXT CHECK (value_flag IN ('LO', 'HI')),
    meal        TEXT, specimen TEXT CHECK (specimen IN ('blood', 'control')),
    device_time_sent TEXT,                 -- as it came
    device_time_ms   INTEGER,              -- NULL: absent or unusable
    slot        TEXT,
    sequence    TEXT,
    hint_kind   TEXT, hint_hash TEXT, hint_last_four TEXT,
    marks       TEXT NOT NULL,             -- words, space between
    from_memory INTEGER NOT NULL CHECK (from_memory IN (0, 1)),
    received_at_ms INTEGER NOT NULL,
    identity    BLOB NOT NULL UNIQUE,
    bare_identity BLOB,                    -- same, for readings with neither number nor time
    measuring_s INTEGER NOT NULL DEFAULT 0 -- how long measuring it took at most
) STRICT;
CREATE INDEX reading_by_device ON reading(device_id, received_at_ms);
CREATE INDEX reading_bare ON reading(bare_identity, received_at_ms) WHERE bare_identity IS NOT NULL;

-- A reading about somebody, about nobody yet, or about nobody ever. Updated are the columns from
-- person_id on, each by a command: the subject with one row in subject_change (revision counts them),
-- posture, meal and retest with one row in remark.
CREATE TABLE observation (
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
    meal           TEXT,                   -- said afterwards; the device's own is in reading
    retest         INTEGER CHECK (retest IN (0, 1)),
    CHECK ((person_id IS NULL) = (basis IS NULL)),
    CHECK ((person_id IS NOT NULL) + (unclaimed_reason IS NOT NULL) + (voided IS NOT NULL) = 1)
) STRICT;
CREATE INDEX observation_by_person ON observation(person_id, kind, taken_at_ms)
    WHERE person_id IS NOT NULL;
CREATE INDEX observation_unclaimed ON observation(id) WHERE unclaimed_reason IS NOT NULL;

-- The history of a subject: who changed it, when, from whom, to whom, why. Never updated.
CREATE TABLE subject_change (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    observation_id   INTEGER NOT NULL REFERENCES observation(id),
    revision         INTEGER NOT NULL,     -- the observation's after this change; the first is 1
    at_ms            INTEGER NOT NULL,
    actor            TEXT NOT NULL,        -- as in audit
    from_person_id   INTEGER REFERENCES person(id),
    from_basis       TEXT,
    from_unclaimed   TEXT,
    from_voided      TEXT,
    to_person_id     INTEGER REFERENCES person(id),
    to_basis         TEXT,
    to_unclaimed     TEXT,
    to_voided        TEXT,
    why              TEXT NOT NULL,        -- a closed word
    UNIQUE (observation_id, revision)
) STRICT;
CREATE INDEX subject_change_from ON subject_change(from_person_id, id) WHERE from_person_id IS NOT NULL;
CREATE INDEX subject_change_at ON subject_change(at_ms);

-- What somebody said about a reading beside its numbers. The newest of a kind holds and stands in
-- observation too.
CREATE TABLE remark (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    observation_id INTEGER NOT NULL REFERENCES observation(id),
    at_ms          INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    what           TEXT NOT NULL CHECK (what IN ('posture', 'meal', 'retest')),
    said           TEXT NOT NULL
) STRICT;
CREATE INDEX remark_by_observation ON remark(observation_id, id);

-- A record reads differently from from_ms on, by somebody's act: a reading moved, a sign ticked. Written
-- in the transaction of the act; followers (open pages; the rules, when they join) start here. A person's,
-- or (person_id NULL) only the centre's tray and day.
CREATE TABLE record_change (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms     INTEGER NOT NULL,
    person_id INTEGER REFERENCES person(id),
    centre_id INTEGER NOT NULL REFERENCES centre(id),
    from_ms   INTEGER NOT NULL,
    why       TEXT NOT NULL                -- the act, as in audit
) STRICT;

-- A dangerous value that is nobody's: staff of the place are told at once, until a person says "I have it"
-- (answered_*). Without an observation: the reading was refused, and only its frame is there.
CREATE TABLE place_notice (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    centre_id      INTEGER NOT NULL REFERENCES centre(id),
    device_id      INTEGER NOT NULL REFERENCES device(id),
    frame_id       INTEGER NOT NULL REFERENCES frame(id),
    observation_id INTEGER UNIQUE REFERENCES observation(id),
    alarm          TEXT NOT NULL,          -- a word of rules::PlaceAlarm
    shown          TEXT NOT NULL,          -- the value: '205/118', '2.8', 'HI'
    taken_at_ms    INTEGER NOT NULL,
    raised_at_ms   INTEGER NOT NULL,
    late           INTEGER NOT NULL CHECK (late IN (0, 1)),  -- not taken just now, or nobody knows when
    answered_at_ms INTEGER,
    answered_by    TEXT,                   -- as in audit
    CHECK ((answered_at_ms IS NULL) = (answered_by IS NULL))
) STRICT;
CREATE INDEX place_notice_open ON place_notice(centre_id, id) WHERE answered_at_ms IS NULL;
CREATE INDEX place_notice_by_device ON place_notice(device_id, id);

-- A danger sign or symptom that staff ticked; never inferred from a number. It holds until it is taken back,
-- and at most pipeline::desk::SIGN_HOLDS.
CREATE TABLE sign (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES person(id),
    sign      TEXT NOT NULL,              -- a word of the rule table's [signs]
    from_ms   INTEGER NOT NULL,
    ticked_by TEXT NOT NULL,
    until_ms  INTEGER,
    ended_by  TEXT,
    CHECK ((until_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX sign_by_person ON sign(person_id, from_ms);

-- When somebody began to eat.
CREATE TABLE meal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL REFERENCES person(id),
    began_ms   INTEGER NOT NULL,
    said_at_ms INTEGER NOT NULL,
    said_by    TEXT NOT NULL
) STRICT;
CREATE INDEX meal_by_person ON meal(person_id, began_ms);

-- Staff wait for the next reading of a device, for a person or (person_id NULL) for control solution. What
-- came is kept for the person only when they have said so.
CREATE TABLE bedside (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id      INTEGER NOT NULL REFERENCES device(id),
    person_id      INTEGER REFERENCES person(id),
    opened_by      TEXT NOT NULL,
    from_ms        INTEGER NOT NULL,
    until_ms       INTEGER NOT NULL,
    observation_id INTEGER UNIQUE REFERENCES observation(id), -- what came
    ended_ms       INTEGER,                -- confirmed, refused or given up
    ended_by       TEXT,
    CHECK ((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX bedside_open ON bedside(device_id) WHERE observation_id IS NULL AND ended_ms IS NULL;

-- How far each follower has read. Position is the last observation (or frame) id it has dealt with.
CREATE TABLE cursor (
    follower TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    moved_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may sign in. password_hash is argon2id in PHC form. centre_id: of centre staff, who see that
-- centre only. name: who it is, for other people's eyes ('assigned by ...').
CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'doctor', 'staff')),
    centre_id     INTEGER REFERENCES centre(id),
    name          TEXT NOT NULL DEFAULT '',
    failed_count  INTEGER NOT NULL DEFAULT 0,
    locked_until_ms INTEGER,
    added_at_ms   INTEGER NOT NULL,
    CHECK ((role = 'staff') = (centre_id IS NOT NULL))
) STRICT;

-- A signed-in browser: the token's SHA-256, never the token.
CREATE TABLE session (
    token_sha256 BLOB PRIMARY KEY,
    account_id   INTEGER NOT NULL REFERENCES account(id),
    opened_at_ms INTEGER NOT NULL,
    seen_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every act of a person, one line: who, what, whom, when. Ids and words, no values.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms  INTEGER NOT NULL,
    actor  TEXT NOT NULL,                  -- 'account:3', 'command-line', 'demo'
    action TEXT NOT NULL,                  -- 'person.add', 'device.enrol', ...
    object TEXT NOT NULL                   -- 'person:12'
) STRICT;
