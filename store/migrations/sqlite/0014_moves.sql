-- +goose Up

-- A store that is copied to another engine, known by the same id on both sides:
-- 'leaving' and then 'left' where it comes from, 'arriving' and then 'arrived'
-- where it goes. See store/move.go.
CREATE TABLE moves (
  id       TEXT    PRIMARY KEY,
  state    TEXT    NOT NULL,
  place    TEXT    NOT NULL, -- of the other side
  began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
);

-- How far each table is, while a store arrives.
CREATE TABLE moved_tables (
  name     TEXT    PRIMARY KEY,
  copied   INTEGER NOT NULL, -- rows
  last_key TEXT    NOT NULL, -- JSON of the last row's key, empty before the first
  done     INTEGER NOT NULL
);
