-- +goose Up

-- What a mention says of each of its watches, where that differs: JSON of the
-- verdict's list, empty text where the whole verdict holds.
ALTER TABLE mentions ADD COLUMN towards TEXT COLLATE "C" NOT NULL DEFAULT '';
