-- +goose Up

-- The audit log as a chain: each line's hash is made of its content and of the hash
-- of the line before it. Ids have no gaps. salt is null in a line whose content was
-- erased; its digest keeps the chain whole. fields is JSON.
DROP TABLE settings_changes;
CREATE TABLE audit_log (
    id       BIGINT PRIMARY KEY,
    at       BIGINT NOT NULL,
    by_id    TEXT   NOT NULL,
    by_name  TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    network  TEXT   NOT NULL,
    fields   TEXT   NOT NULL,
    salt     BLOB,
    digest   BLOB  NOT NULL,
    previous BLOB  NOT NULL,
    hash     BLOB  NOT NULL
);
CREATE INDEX audit_log_of ON audit_log (kind, name, id);

-- The one row that every new line locks: the last line's id and hash, 0 and 32 zero
-- bytes before the first.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL,
    hash BLOB  NOT NULL
);
INSERT INTO audit_head (id, last, hash) VALUES (1, 0, zeroblob(32));

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit_log;
CREATE TABLE settings_changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      BIGINT NOT NULL,
    by_id   TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    fields  TEXT   NOT NULL,
    network TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX settings_changes_of ON settings_changes (kind, name, id);
CREATE INDEX settings_changes_at ON settings_changes (at);
