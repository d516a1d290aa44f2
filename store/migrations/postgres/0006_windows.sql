-- +goose Up

-- Folded periods: what the roll-ups of a watch come to between two times. mark
-- says which roll-ups it was made from.
CREATE TABLE windows (
  watch     TEXT COLLATE "C"    NOT NULL,
  from_time BIGINT  NOT NULL,
  to_time   BIGINT  NOT NULL,
  mark      TEXT COLLATE "C"    NOT NULL,
  body      BYTEA   NOT NULL, -- opaque
  made_at   BIGINT  NOT NULL,
  PRIMARY KEY (watch, from_time, to_time)
);
CREATE INDEX windows_made ON windows (made_at);

-- Tells which roll-ups have changed without reading their bodies.
CREATE INDEX rollups_made ON rollups (watch, day, made_at);
