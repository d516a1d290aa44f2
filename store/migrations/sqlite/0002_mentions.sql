-- +goose Up

-- One row a mention, with its verdict in it: the hot path writes it once.
-- Lists of names stand between line feeds ("\na\nb\n"), other lists are JSON,
-- empty text where there is nothing; times are UTC milliseconds, 0 for none.
CREATE TABLE mentions (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  source              TEXT    NOT NULL,
  external_id         TEXT    NOT NULL,
  kind                TEXT    NOT NULL,
  parent_id           TEXT    NOT NULL,
  author_id           INTEGER REFERENCES authors (id),
  case_id             INTEGER,
  created_at          INTEGER NOT NULL,
  edited_at           INTEGER NOT NULL,
  seen_at             INTEGER NOT NULL,
  private             INTEGER NOT NULL,
  deleted             INTEGER NOT NULL,
  history             INTEGER NOT NULL,
  watches             TEXT    NOT NULL,
  repost_of           TEXT    NOT NULL,
  rating_value        REAL    NOT NULL,
  rating_of           INTEGER NOT NULL,
  rating_survey       INTEGER NOT NULL,
  label               TEXT    NOT NULL,
  prob_negative       REAL    NOT NULL,
  prob_neutral        REAL    NOT NULL,
  prob_positive       REAL    NOT NULL,
  confidence          REAL    NOT NULL,
  flagged             INTEGER NOT NULL,
  verdict_language    TEXT    NOT NULL,
  language_confidence REAL    NOT NULL,
  topics              TEXT    NOT NULL,
  intents             TEXT    NOT NULL,
  voice               TEXT    NOT NULL,
  voice_confidence    REAL    NOT NULL,
  urgency             INTEGER NOT NULL,
  urgency_points      INTEGER NOT NULL,
  urgency_reasons     TEXT    NOT NULL,
  stance              TEXT    NOT NULL,
  model               TEXT    NOT NULL,
  simhash             INTEGER NOT NULL,
  language            TEXT    NOT NULL,
  url                 TEXT    NOT NULL,
  media               TEXT    NOT NULL,
  attrs               TEXT    NOT NULL,
  author              TEXT    NOT NULL, -- bot.Author.Label: searched, and shown without a join
  title               TEXT    NOT NULL,
  text                TEXT    NOT NULL,
  quoted              TEXT    NOT NULL,
  UNIQUE (source, external_id)
);
CREATE INDEX mentions_created ON mentions (created_at);
CREATE INDEX mentions_author ON mentions (author_id, created_at);
CREATE INDEX mentions_case ON mentions (case_id, created_at) WHERE case_id IS NOT NULL;

-- What an edited mention said before.
CREATE TABLE mention_versions (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  mention_id   INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
  replaced_at  INTEGER NOT NULL,
  title        TEXT    NOT NULL,
  text         TEXT    NOT NULL,
  rating_value REAL    NOT NULL,
  rating_of    INTEGER NOT NULL,
  deleted      INTEGER NOT NULL
);
CREATE INDEX mention_versions_mention ON mention_versions (mention_id);

-- The search index keeps no text of its own. Results are ordered by recency,
-- so the column sizes that only ranking needs are left out.
CREATE VIRTUAL TABLE mentions_search USING fts5 (
  title, text, author,
  content = 'mentions', content_rowid = 'id', columnsize = 0,
  tokenize = "unicode61 remove_diacritics 2"
);
-- +goose StatementBegin
CREATE TRIGGER mentions_search_insert AFTER INSERT ON mentions BEGIN
  INSERT INTO mentions_search (rowid, title, text, author) VALUES (new.id, new.title, new.text, new.author);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mentions_search_update AFTER UPDATE OF title, text, author ON mentions BEGIN
  INSERT INTO mentions_search (mentions_search, rowid, title, text, author) VALUES ('delete', old.id, old.title, old.text, old.author);
  INSERT INTO mentions_search (rowid, title, text, author) VALUES (new.id, new.title, new.text, new.author);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mentions_search_delete AFTER DELETE ON mentions BEGIN
  INSERT INTO mentions_search (mentions_search, rowid, title, text, author) VALUES ('delete', old.id, old.title, old.text, old.author);
END;
-- +goose StatementEnd

-- Fewer, larger merges: inserting is what must be fast.
INSERT INTO mentions_search (mentions_search, rank) VALUES ('automerge', 8);

-- What people said of a verdict, kept for learning.
CREATE TABLE corrections (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  mention_id INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
  what       TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  by_whom    TEXT    NOT NULL, -- JSON of a person
  at         INTEGER NOT NULL
);
CREATE INDEX corrections_mention ON corrections (mention_id);

-- Where each source stands.
CREATE TABLE sources (
  name       TEXT    PRIMARY KEY,
  kind       TEXT    NOT NULL,
  position   TEXT    NOT NULL, -- the cursor
  synced     INTEGER NOT NULL,
  last_ok    INTEGER NOT NULL,
  last_new   INTEGER NOT NULL,
  failures   INTEGER NOT NULL,
  error      TEXT    NOT NULL,
  mentions   INTEGER NOT NULL,
  rejected   INTEGER NOT NULL,
  quiet_from INTEGER NOT NULL,
  progress   REAL    NOT NULL,
  rhythm     TEXT    NOT NULL  -- opaque
);

-- The dead letters: items that could not be read.
CREATE TABLE rejected (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT    NOT NULL,
  place  TEXT    NOT NULL,
  reason TEXT    NOT NULL,
  raw    TEXT    NOT NULL,
  at     INTEGER NOT NULL
);
CREATE INDEX rejected_source ON rejected (source, id);

-- Roll-ups: one opaque body for each watch and UTC day.
CREATE TABLE rollups (
  watch   TEXT    NOT NULL,
  day     INTEGER NOT NULL,
  body    BLOB    NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (watch, day)
);

-- Days whose roll-up is behind. A day that is being read is marked, so that a
-- mention that comes in meanwhile makes it dirty again.
CREATE TABLE dirty_days (
  watch   TEXT    NOT NULL,
  day     INTEGER NOT NULL,
  reading INTEGER NOT NULL,
  PRIMARY KEY (watch, day)
) WITHOUT ROWID;
