-- +goose Up

-- New mentions are put into the search index a batch at a time, by whoever
-- stores them. A trigger has the index written out before each row, so that the
-- row alone could be undone.
DROP TRIGGER mentions_search_insert;
