-- +goose Up

-- A customer's answer names what it answers: our reply, by its id at the source.
CREATE INDEX replies_external ON replies (external_id);

-- What became of a reply at its source, as it was told last, and when.
ALTER TABLE replies ADD COLUMN aftermath TEXT NOT NULL DEFAULT ''; -- JSON of bot.Aftermath, empty before it was asked for
ALTER TABLE replies ADD COLUMN followed_at INTEGER NOT NULL DEFAULT 0;

-- Who said which customer an author is, or that they are none: what a person
-- says stands above what handles and addresses tell. Empty where nobody did.
ALTER TABLE authors ADD COLUMN linked_by TEXT NOT NULL DEFAULT '';
