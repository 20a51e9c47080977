-- +goose Up

-- Sessions as people see and end them. Whoever is signed in signs in again. claims
-- are what the identity provider said last, null for what it said at the sign-in, and
-- refresh what it is asked again with, sealed with a key that only the browser's
-- cookie makes.
DROP TABLE access_sessions;
CREATE TABLE access_sessions (
    token_hash  TEXT   PRIMARY KEY,
    data        BLOB   NOT NULL,
    id          TEXT   NOT NULL UNIQUE,
    person_id   TEXT   NOT NULL,
    person_name TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    way         TEXT   NOT NULL,
    network     TEXT   NOT NULL,
    claims      TEXT,
    refresh     BLOB,
    started_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL,
    asked_at    BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL
);
CREATE INDEX access_sessions_expire ON access_sessions (expires_at);

-- Tokens without an end, of which there are no more.
DELETE FROM access_tokens WHERE expires_at IS NULL;

-- Where a line of the audit log was asked for, and its age, by which it goes.
ALTER TABLE settings_changes ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX settings_changes_at ON settings_changes (at);

-- +goose Down
DROP INDEX settings_changes_at;
ALTER TABLE settings_changes DROP COLUMN network;
DROP TABLE access_sessions;
CREATE TABLE access_sessions (
    token_hash TEXT   PRIMARY KEY,
    data       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
CREATE INDEX access_sessions_expire ON access_sessions (expires_at);
