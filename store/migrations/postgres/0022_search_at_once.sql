-- +goose Up

-- Here a row brings its own words for search: nothing changes.
SELECT 1;
