-- +goose Up

-- Troubles that somebody is told of. level grows where one gets worse; closed_at is
-- null while it is open. details is JSON. Moments are microseconds since 1970 UTC.
CREATE TABLE alert_troubles (
    id        TEXT   PRIMARY KEY,
    key       TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    level     BIGINT NOT NULL,
    details   TEXT   NOT NULL,
    opened_at BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX alert_troubles_key ON alert_troubles (key);

-- What is to be told and was told: a trouble at a level (0 is its end), or a day's
-- digest, to a recipient, once.
CREATE TABLE alert_messages (
    recipient TEXT   NOT NULL,
    trouble   TEXT   NOT NULL,
    level     BIGINT NOT NULL,
    made_at   BIGINT NOT NULL,
    tries     BIGINT NOT NULL,
    next_at   BIGINT NOT NULL,
    sent_at   BIGINT,
    PRIMARY KEY (recipient, trouble, level)
);
CREATE INDEX alert_messages_next ON alert_messages (sent_at, next_at);

-- The one process that tells, until when.
CREATE TABLE alert_lease (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    owner      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
INSERT INTO alert_lease (id, owner, expires_at) VALUES (1, '', 0);

-- +goose Down
DROP TABLE alert_lease;
DROP TABLE alert_messages;
DROP TABLE alert_troubles;
