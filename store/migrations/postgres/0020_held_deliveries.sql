-- +goose Up

-- The key of the notice about what holds a delivery up, as a credential that is
-- refused: once that is mended, it is tried at once.
ALTER TABLE deliveries ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_held ON deliveries (held_by, id) WHERE held_by <> '';
