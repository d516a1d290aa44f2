-- +goose Up

-- Daily counts from the business itself: orders, returns, tickets.
CREATE TABLE facts (
  name  TEXT    NOT NULL,
  watch TEXT    NOT NULL, -- '' for all
  topic TEXT    NOT NULL, -- '' for all
  day   BIGINT  NOT NULL, -- 00:00 UTC, in milliseconds
  role  TEXT    NOT NULL, -- trouble or base
  count DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (name, watch, topic, day)
);
CREATE INDEX facts_day ON facts (day);
