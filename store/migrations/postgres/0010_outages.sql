-- +goose Up

-- When sources could not be read: what they would have said is unknown, not nothing.
CREATE TABLE outages (
  source    TEXT COLLATE "C"   NOT NULL,
  from_time BIGINT NOT NULL, -- the first failure
  to_time   BIGINT NOT NULL, -- the next read that worked; 0 while it lasts
  PRIMARY KEY (source, from_time)
);
CREATE INDEX outages_to ON outages (to_time);
