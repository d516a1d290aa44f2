-- +goose Up

-- When the next turn of whatever a platform counts by is, so that several
-- replicas together stay below what it takes. A time that is over is as good as
-- none.
CREATE TABLE turns (
  platform TEXT COLLATE "C" NOT NULL,
  name     TEXT COLLATE "C" NOT NULL,
  next_at  BIGINT           NOT NULL,
  PRIMARY KEY (platform, name)
);
