-- +goose Up

-- The one row that every change of the settings locks and counts up. key_id is
-- the primary key of the keyset that the secrets were last sealed with, 0 before
-- the first one.
CREATE TABLE settings_state (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    key_id   BIGINT NOT NULL
);
INSERT INTO settings_state (id, revision, key_id) VALUES (1, 0, 0);

-- value is JSON without secrets; moments are microseconds since 1970 UTC.
CREATE TABLE settings_records (
    kind            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    value           TEXT   NOT NULL,
    changed_at      BIGINT NOT NULL,
    changed_by_id   TEXT   NOT NULL,
    changed_by_name TEXT   NOT NULL,
    PRIMARY KEY (kind, name)
);

-- sealed is a Tink AEAD ciphertext, bound to kind, name and field.
CREATE TABLE settings_secrets (
    kind   TEXT  NOT NULL,
    name   TEXT  NOT NULL,
    field  TEXT  NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (kind, name, field),
    FOREIGN KEY (kind, name) REFERENCES settings_records (kind, name) ON DELETE CASCADE
);

-- The audit log; fields is JSON.
CREATE TABLE settings_changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      BIGINT NOT NULL,
    by_id   TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    fields  TEXT   NOT NULL
);
CREATE INDEX settings_changes_of ON settings_changes (kind, name, id);

-- +goose Down
DROP TABLE settings_changes;
DROP TABLE settings_secrets;
DROP TABLE settings_records;
DROP TABLE settings_state;
