-- +goose Up

-- A correction teaches how mentions of its watch are read, until it is undone:
-- undone_at is 0 while it counts. was holds the topics that the verdict had,
-- between line feeds; undone_by is JSON of a person.
ALTER TABLE corrections ADD COLUMN case_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE corrections ADD COLUMN watch TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE corrections ADD COLUMN was TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE corrections ADD COLUMN undone_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE corrections ADD COLUMN undone_at BIGINT NOT NULL DEFAULT 0;
UPDATE corrections SET case_id = coalesce((SELECT m.case_id FROM mentions m WHERE m.id = corrections.mention_id), 0);
UPDATE corrections SET watch = coalesce((SELECT c.watch FROM cases c WHERE c.id = corrections.case_id), '');
