-- +goose Up

-- Folded periods: what the roll-ups of a watch come to between two times. mark
-- says which roll-ups it was made from.
CREATE TABLE windows (
  watch     TEXT    NOT NULL,
  from_time INTEGER NOT NULL,
  to_time   INTEGER NOT NULL,
  mark      TEXT    NOT NULL,
  body      BLOB    NOT NULL, -- opaque
  made_at   INTEGER NOT NULL,
  PRIMARY KEY (watch, from_time, to_time)
) WITHOUT ROWID;
CREATE INDEX windows_made ON windows (made_at);

-- Tells which roll-ups have changed without reading their bodies.
CREATE INDEX rollups_made ON rollups (watch, day, made_at);
