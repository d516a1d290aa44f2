-- +goose Up

-- What a platform told us to wait for, so that every replica does, and whoever
-- is started anew.
CREATE TABLE waits (
  platform TEXT COLLATE "C" NOT NULL,
  name     TEXT COLLATE "C" NOT NULL, -- whatever the platform counts by: a method, a method and channel
  over_at  BIGINT           NOT NULL,
  PRIMARY KEY (platform, name)
);
