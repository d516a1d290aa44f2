-- +goose Up

-- The outbox. An id is never used twice: it is what the other side is asked about.
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  platform   TEXT    NOT NULL,
  channel    TEXT    NOT NULL,
  target     INTEGER NOT NULL,
  event_id   INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at    INTEGER NOT NULL,
  error      TEXT    NOT NULL
);
CREATE INDEX deliveries_left ON deliveries (state, due_at) WHERE state <> 'sent';
CREATE INDEX deliveries_target ON deliveries (kind, target);

-- Where cards stand.
CREATE TABLE posts (
  kind        TEXT    NOT NULL,
  target      INTEGER NOT NULL,
  platform    TEXT    NOT NULL,
  channel     TEXT    NOT NULL,
  ref_channel TEXT    NOT NULL,
  ref_id      TEXT    NOT NULL,
  ref_thread  TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  posted_at   INTEGER NOT NULL,
  PRIMARY KEY (kind, target, platform, channel)
);
CREATE INDEX posts_ref ON posts (platform, ref_id);
CREATE INDEX posts_thread ON posts (platform, ref_thread) WHERE ref_thread <> '';
CREATE INDEX posts_recent ON posts (platform, channel, posted_at);

-- Roll-up cards: cases beyond a channel's budget. One is open a channel.
CREATE TABLE folds (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  version  INTEGER NOT NULL,
  platform TEXT    NOT NULL,
  channel  TEXT    NOT NULL,
  since    INTEGER NOT NULL,
  cases    TEXT    NOT NULL, -- JSON list of ids
  closed   INTEGER NOT NULL
);
CREATE UNIQUE INDEX folds_open ON folds (platform, channel) WHERE closed = 0;

-- Words to the team about Earshot itself. One is open a key.
CREATE TABLE notices (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  key    TEXT    NOT NULL,
  text   TEXT    NOT NULL,
  mend   TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  mended INTEGER NOT NULL
);
CREATE UNIQUE INDEX notices_open ON notices (key) WHERE mended = 0;

-- What people did on a platform, stored before it is acknowledged.
CREATE TABLE interactions (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  platform    TEXT    NOT NULL,
  external_id TEXT    NOT NULL,
  stored_at   INTEGER NOT NULL,
  finished    INTEGER NOT NULL,
  body        TEXT    NOT NULL, -- JSON of bot.Interaction, emptied when it is finished
  UNIQUE (platform, external_id)
);
CREATE INDEX interactions_left ON interactions (stored_at) WHERE finished = 0;
CREATE INDEX interactions_old ON interactions (stored_at) WHERE finished = 1;

-- The messages of a platform that keeps its own: the console.
CREATE TABLE messages (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  key       TEXT    NOT NULL, -- unique, or empty
  channel   TEXT    NOT NULL,
  thread    INTEGER NOT NULL, -- the message it stands below, or 0
  view      TEXT    NOT NULL, -- JSON of bot.View
  at        INTEGER NOT NULL,
  edited_at INTEGER NOT NULL,
  loud      INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_key ON messages (key) WHERE key <> '';
CREATE INDEX messages_channel ON messages (channel, thread, id);
CREATE INDEX messages_thread ON messages (thread, id) WHERE thread > 0;
