-- +goose Up

-- What opens a door is here as the SHA-256 of it, in base64url: who reads these
-- tables cannot sign in with them. Moments are microseconds since 1970 UTC.

-- Sessions. expires_at moves with use, up to ends_at, which never moves.
CREATE TABLE access_sessions (
    token_hash TEXT   PRIMARY KEY,
    data       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
CREATE INDEX access_sessions_expire ON access_sessions (expires_at);

-- Sign-ins under way at the identity provider: one row each, gone with its first
-- use. browser_hash is of the cookie of the browser that began it.
CREATE TABLE access_sign_ins (
    state_hash   TEXT   PRIMARY KEY,
    browser_hash TEXT   NOT NULL,
    next_path    TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX access_sign_ins_expire ON access_sign_ins (expires_at);

-- Links that sign in once. A used one stays until it expires, so that a second
-- use can be told from a wrong link.
CREATE TABLE access_links (
    token_hash TEXT   PRIMARY KEY,
    id         TEXT   NOT NULL UNIQUE,
    role       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- API tokens. expires_at is null for one without an end.
CREATE TABLE access_tokens (
    id              TEXT   PRIMARY KEY,
    token_hash      TEXT   NOT NULL UNIQUE,
    label           TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    created_by_id   TEXT   NOT NULL,
    created_by_name TEXT   NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT
);

-- +goose Down
DROP TABLE access_tokens;
DROP TABLE access_links;
DROP TABLE access_sign_ins;
DROP TABLE access_sessions;
