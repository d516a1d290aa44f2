-- +goose Up

-- A person's word on whether an author is a customer. It outweighs e-mail
-- addresses and handles, until somebody says otherwise.
CREATE TABLE author_links (
  author_id   BIGINT NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  linked      BIGINT NOT NULL, -- 0: they are not the same person
  by_whom     TEXT COLLATE "C" NOT NULL, -- JSON of a person
  at          BIGINT NOT NULL,
  PRIMARY KEY (author_id, customer_id)
);
CREATE UNIQUE INDEX author_links_one ON author_links (author_id) WHERE linked = 1;
CREATE INDEX author_links_customer ON author_links (customer_id);
