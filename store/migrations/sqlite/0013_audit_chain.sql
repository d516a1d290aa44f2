-- +goose Up

-- Each line of the audit log is sealed when its transaction commits: it gets
-- its place and a hash over the line before. Who did it, and what changed, are
-- each behind a seal of their own (an HMAC under a salt), so that a person can
-- be forgotten (salt and content go, the seal stays) without a break in the
-- chain. See store/chain.go.
ALTER TABLE audit ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN who_salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN who_seal TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN what_salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN what_seal TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN chain TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_place ON audit (place);

-- The end of the chain: one row, whose lock also keeps the replicas in order.
CREATE TABLE audit_head (
  one   INTEGER PRIMARY KEY,
  place INTEGER NOT NULL,
  chain TEXT    NOT NULL
);
INSERT INTO audit_head (one, place, chain) VALUES (1, 0, '');
