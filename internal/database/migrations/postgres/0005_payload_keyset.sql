-- +goose Up

-- Which payload keyset encrypts what Temporal stores: a known text that its primary
-- key, key_id, encrypted. Who cannot decrypt it has another keyset.
CREATE TABLE payload_keyset (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BYTEA NOT NULL,
    key_id BIGINT NOT NULL
);

-- +goose Down
DROP TABLE payload_keyset;
