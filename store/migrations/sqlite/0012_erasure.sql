-- +goose Up

-- Who was erased, so that neither an old backup nor a source brings them back:
-- keyed hashes (HMAC-SHA-256, in hex) of authors, customers and mentions, never
-- a name. key is the random key of this store, in hex.
CREATE TABLE erased (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  key  TEXT    NOT NULL,
  hash TEXT    NOT NULL,
  at   INTEGER NOT NULL, -- what an author says later is heard again
  UNIQUE (key, hash)
);

-- Files that were made of the store: exports and backups. They hold people
-- until somebody deletes them.
CREATE TABLE copies (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  what   TEXT    NOT NULL, -- mentions, cases, replies, events or backup
  format TEXT    NOT NULL,
  place  TEXT    NOT NULL, -- the file, or "-" for standard output
  filter TEXT    NOT NULL, -- JSON of what was asked for, empty for all
  rows   INTEGER NOT NULL
);
CREATE INDEX copies_place ON copies (place);

-- A day of which retention has removed something keeps the roll-up it has.
ALTER TABLE rollups ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;

-- What is taken out of the search index is overwritten, not only marked. What
-- was taken out before is purged by the first erasure.
INSERT INTO mentions_search (mentions_search, rank) VALUES ('secure-delete', 1);
CREATE TABLE purges (
  name TEXT PRIMARY KEY
);
INSERT INTO purges (name) SELECT 'search' WHERE EXISTS (SELECT 1 FROM mentions);
