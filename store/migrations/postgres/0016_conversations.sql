-- +goose Up

-- A customer's answer names what it answers: our reply, by its id at the source.
CREATE INDEX replies_external ON replies (external_id);

-- What became of a reply at its source, as it was told last (JSON of
-- bot.Aftermath, empty before it was asked for), and when.
ALTER TABLE replies ADD COLUMN aftermath TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN followed_at BIGINT NOT NULL DEFAULT 0;
