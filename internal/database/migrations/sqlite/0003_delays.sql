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

-- Employees whom the Source changed, for every process with a directory of employees.
-- at is microseconds since 1970 UTC on the database's clock; times tells two changes
-- of one moment apart.
CREATE TABLE employee_changes (
    source   TEXT   NOT NULL,
    employee TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    times    BIGINT NOT NULL,
    PRIMARY KEY (source, employee)
);
CREATE INDEX employee_changes_at ON employee_changes (at);

-- +goose Down
DROP TABLE employee_changes;
DROP TABLE delays;
