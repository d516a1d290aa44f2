-- +goose Up

CREATE TABLE cases (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  version        INTEGER NOT NULL,
  state          TEXT    NOT NULL,
  alive          INTEGER NOT NULL, -- 1 until it is resolved or dismissed
  watch          TEXT    NOT NULL,
  topics         TEXT    NOT NULL, -- names between line feeds
  source         TEXT    NOT NULL,
  route          TEXT    NOT NULL,
  mention_id     INTEGER NOT NULL,
  author_id      INTEGER NOT NULL, -- 0 for an anonymous author
  label          TEXT    NOT NULL,
  urgency        INTEGER NOT NULL,
  echoes         INTEGER NOT NULL,
  people         INTEGER NOT NULL,
  opened_at      INTEGER NOT NULL,
  due_at         INTEGER NOT NULL, -- 9223372036854775807 without an SLA: sorts last
  owner_key      TEXT    NOT NULL, -- "platform:id", or empty
  owner          TEXT    NOT NULL, -- JSON of a person, or empty
  claimed_at     INTEGER NOT NULL,
  nudged_at      INTEGER NOT NULL,
  answered_at    INTEGER NOT NULL,
  answered_by    TEXT    NOT NULL,
  answer_public  INTEGER NOT NULL,
  closed_at      INTEGER NOT NULL,
  snoozed_until  INTEGER NOT NULL,
  escalated_at   INTEGER NOT NULL,
  escalated_to   TEXT    NOT NULL,
  root_cause     TEXT    NOT NULL,
  action         TEXT    NOT NULL,
  dismiss_reason TEXT    NOT NULL,
  merged_into    INTEGER NOT NULL,
  edited_since   INTEGER NOT NULL,
  quiet          INTEGER NOT NULL
);
CREATE INDEX cases_inbox ON cases (alive, urgency DESC, due_at, id);
CREATE INDEX cases_state ON cases (state);
CREATE INDEX cases_opened ON cases (opened_at);
CREATE INDEX cases_author ON cases (author_id, watch);
CREATE INDEX cases_owner ON cases (owner_key) WHERE owner_key <> '';

-- The history of cases: one line each, in order.
CREATE TABLE case_events (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  by_whom TEXT    NOT NULL,
  verb    TEXT    NOT NULL,
  text    TEXT    NOT NULL,
  before  TEXT    NOT NULL,
  after   TEXT    NOT NULL,
  loud    INTEGER NOT NULL
);
CREATE INDEX case_events_case ON case_events (case_id, id);

-- The answers to customers, with every text that was written.
CREATE TABLE replies (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id     INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  mention_id  INTEGER NOT NULL,
  state       TEXT    NOT NULL,
  way         TEXT    NOT NULL, -- JSON of bot.Way
  text        TEXT    NOT NULL,
  by_whom     TEXT    NOT NULL,
  approved_by TEXT    NOT NULL,
  note        TEXT    NOT NULL,
  case_seen   INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  send_at     INTEGER NOT NULL,
  sent_at     INTEGER NOT NULL,
  external_id TEXT    NOT NULL,
  url         TEXT    NOT NULL,
  error       TEXT    NOT NULL
);
CREATE INDEX replies_case ON replies (case_id, id);
CREATE INDEX replies_state ON replies (state, id);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  by_whom TEXT    NOT NULL,
  act     TEXT    NOT NULL,
  target  TEXT    NOT NULL,
  before  TEXT    NOT NULL,
  after   TEXT    NOT NULL
);
CREATE INDEX audit_target ON audit (target, id);
