-- +goose Up

-- How many changes took up to upper_ms milliseconds, and more than the class
-- before it, by synchronization and hour. hour and last_at are microseconds since
-- 1970 UTC.
CREATE TABLE delays (
    synchronization TEXT   NOT NULL,
    hour            BIGINT NOT NULL,
    upper_ms        BIGINT NOT NULL,
    changes         BIGINT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (synchronization, hour, upper_ms)
);
CREATE INDEX delays_hour ON delays (hour);

-- Of whom the Source has news, for every process with a directory of employees.
-- at is microseconds since 1970 UTC on the database's clock; times tells two news
-- of one moment apart.
CREATE TABLE employee_news (
    source   TEXT   NOT NULL,
    employee TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    times    BIGINT NOT NULL,
    PRIMARY KEY (source, employee)
);
CREATE INDEX employee_news_at ON employee_news (at);

-- +goose Down
DROP TABLE employee_news;
DROP TABLE delays;
