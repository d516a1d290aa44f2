-- +goose Up

-- 1 while a card that is not posted yet has a place in its channel's message
-- budget: replicas share one.
ALTER TABLE deliveries ADD COLUMN placed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_placed ON deliveries (platform, channel) WHERE placed = 1;
