-- +goose Up

-- A customer is a known person, as the customer's system of record knows them.
CREATE TABLE customers (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id TEXT    NOT NULL UNIQUE,
  name        TEXT    NOT NULL,
  email       TEXT    NOT NULL,
  handles     TEXT    NOT NULL, -- JSON list
  tier        TEXT    NOT NULL,
  since       INTEGER NOT NULL,
  attrs       TEXT    NOT NULL  -- JSON object
);

-- What a customer is recognised by: "email:a@b.c", "handle:name", "handle:kind:name".
CREATE TABLE customer_keys (
  key         TEXT    NOT NULL,
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  PRIMARY KEY (key, customer_id)
) WITHOUT ROWID;
CREATE INDEX customer_keys_customer ON customer_keys (customer_id);

-- An author is who wrote mentions on one source.
CREATE TABLE authors (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  source      TEXT    NOT NULL,
  key         TEXT    NOT NULL, -- bot.Author.Key
  kind        TEXT    NOT NULL, -- of the source
  external_id TEXT    NOT NULL,
  handle      TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  email       TEXT    NOT NULL,
  url         TEXT    NOT NULL,
  followers   INTEGER NOT NULL,
  staff       INTEGER NOT NULL,
  automated   INTEGER NOT NULL,
  email_key   TEXT    NOT NULL, -- "email:…" in lower case, or empty
  handle_key  TEXT    NOT NULL, -- "handle:…" in lower case, or empty
  customer_id INTEGER REFERENCES customers (id) ON DELETE SET NULL,
  UNIQUE (source, key)
);
CREATE INDEX authors_email ON authors (email_key) WHERE email_key <> '';
CREATE INDEX authors_handle ON authors (handle_key) WHERE handle_key <> '';
CREATE INDEX authors_customer ON authors (customer_id) WHERE customer_id IS NOT NULL;
