-- +goose Up

CREATE TABLE spikes (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  version   INTEGER NOT NULL,
  state     TEXT    NOT NULL,
  watch     TEXT    NOT NULL,
  topic     TEXT    NOT NULL,
  negative  INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  body      TEXT    NOT NULL, -- JSON of bot.Spike; the columns above have the last word
  UNIQUE (watch, topic, negative, opened_at)
);
CREATE INDEX spikes_opened ON spikes (opened_at);
CREATE INDEX spikes_open ON spikes (state) WHERE state = 'open';

-- The state of detectors, opaque to the store.
CREATE TABLE snapshots (
  name     TEXT    PRIMARY KEY,
  body     BLOB    NOT NULL,
  saved_at INTEGER NOT NULL
);

-- What is to be silent, and until when.
CREATE TABLE mutes (
  what       TEXT    PRIMARY KEY,
  until_time INTEGER NOT NULL
);

CREATE TABLE schedules (
  name        TEXT    PRIMARY KEY,
  spec        TEXT    NOT NULL,
  zone        TEXT    NOT NULL,
  next_due_at INTEGER NOT NULL,
  last_slot   INTEGER NOT NULL
);

CREATE TABLE digests (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  audience  TEXT    NOT NULL,
  slot      INTEGER NOT NULL,
  from_time INTEGER NOT NULL,
  to_time   INTEGER NOT NULL,
  zone      TEXT    NOT NULL,
  made_at   INTEGER NOT NULL,
  body      BLOB    NOT NULL,
  UNIQUE (audience, slot)
);
