-- +goose Up

-- How servers take the credentials of connections, by the version of the record that
-- holds them; nothing of the credentials themselves. Moments are microseconds since
-- 1970 UTC, 0 for none.
CREATE TABLE sign_ins (
    connection    TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    accepted_at   BIGINT NOT NULL,
    refused       BIGINT NOT NULL,
    code          TEXT   NOT NULL,
    rest_until    BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    PRIMARY KEY (connection, version)
);

-- +goose Down
DROP TABLE sign_ins;
