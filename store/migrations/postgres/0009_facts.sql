-- +goose Up

-- Daily counts from the business itself: orders, returns, tickets.
CREATE TABLE facts (
  name  TEXT COLLATE "C"    NOT NULL,
  watch TEXT COLLATE "C"    NOT NULL, -- '' for all
  topic TEXT COLLATE "C"    NOT NULL, -- '' for all
  day   BIGINT  NOT NULL, -- 00:00 UTC, in milliseconds
  role  TEXT COLLATE "C"    NOT NULL, -- trouble or base
  count DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (name, watch, topic, day)
);
CREATE INDEX facts_day ON facts (day);
