-- +goose Up

-- A person's word on whether an author is a customer. It outweighs e-mail
-- addresses and handles, until somebody says otherwise.
CREATE TABLE author_links (
  author_id   INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  linked      INTEGER NOT NULL, -- 0: they are not the same person
  by_whom     TEXT    NOT NULL, -- JSON of a person
  at          INTEGER NOT NULL,
  PRIMARY KEY (author_id, customer_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX author_links_one ON author_links (author_id) WHERE linked = 1;
CREATE INDEX author_links_customer ON author_links (customer_id);
