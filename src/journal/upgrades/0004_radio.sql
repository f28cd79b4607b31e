-- Bluetooth: which devices are spoken to, and what their connections showed.

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
