-- +goose Up

-- When a wait was told, in milliseconds: what was told in what is the future now
-- was told by a clock that has been set back since, and its end is as much too late.
ALTER TABLE waits ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;
