-- Accounts get a role, a centre (of centre staff) and the name of the person who signs in with them.
CREATE TABLE account_2 (
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
INSERT INTO account_2 (id, login, password_hash, role, failed_count, locked_until_ms, added_at_ms)
    SELECT id, login, password_hash, role, failed_count, locked_until_ms, added_at_ms FROM account;
DROP TABLE account;
ALTER TABLE account_2 RENAME TO account;
