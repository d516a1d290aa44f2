-- +goose Up

-- A store that is copied to another engine, known by the same id on both sides:
-- 'leaving' and then 'left' where it comes from, 'arriving' and then 'arrived'
-- where it goes. See store/move.go.
CREATE TABLE moves (
  id       TEXT COLLATE "C"    PRIMARY KEY,
  state    TEXT COLLATE "C"    NOT NULL,
  place    TEXT COLLATE "C"    NOT NULL, -- of the other side
  began_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);

-- How far each table is, while a store arrives.
CREATE TABLE moved_tables (
  name     TEXT COLLATE "C"    PRIMARY KEY,
  copied   BIGINT NOT NULL, -- rows
  last_key TEXT COLLATE "C"    NOT NULL, -- JSON of the last row's key, empty before the first
  done     BIGINT NOT NULL
);
