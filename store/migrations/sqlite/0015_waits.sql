-- +goose Up

-- What a platform told us to wait for, so that every replica does, and whoever
-- is started anew.
CREATE TABLE waits (
  platform TEXT    NOT NULL,
  name     TEXT    NOT NULL, -- whatever the platform counts by: a method, a method and channel
  over_at  INTEGER NOT NULL,
  PRIMARY KEY (platform, name)
) WITHOUT ROWID;
