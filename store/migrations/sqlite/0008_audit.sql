-- +goose Up

-- Mentions drawn at random for people to label, with what the machine said of
-- each at that time.
CREATE TABLE audit_samples (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  watch         TEXT    NOT NULL,
  week          INTEGER NOT NULL, -- start of the week it was drawn from
  mention_id    INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
  drawn_at      INTEGER NOT NULL,
  model         TEXT    NOT NULL,
  label         TEXT    NOT NULL,
  prob_negative REAL    NOT NULL,
  prob_neutral  REAL    NOT NULL,
  prob_positive REAL    NOT NULL,
  stance        TEXT    NOT NULL,
  UNIQUE (watch, mention_id)
);
CREATE INDEX audit_samples_week ON audit_samples (watch, week);
CREATE INDEX audit_samples_mention ON audit_samples (mention_id);

-- Who said what of them.
CREATE TABLE audit_labels (
  sample_id INTEGER NOT NULL REFERENCES audit_samples (id) ON DELETE CASCADE,
  who       TEXT    NOT NULL, -- bot.Person.Key
  by_whom   TEXT    NOT NULL, -- JSON of a person
  label     TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (sample_id, who)
);
CREATE INDEX audit_labels_at ON audit_labels (at);
