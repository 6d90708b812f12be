-- Accounts that other accounts own, and API keys. A key's digest admits whoever knows its secret
-- and checks what was signed with it; the secret itself cannot be found from it.

-- +goose Up

ALTER TABLE account ADD COLUMN owner   TEXT    NOT NULL DEFAULT '';       -- '': none
ALTER TABLE account ADD COLUMN status  TEXT    NOT NULL DEFAULT 'active'; -- suspended, closed
ALTER TABLE account ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;
UPDATE account SET updated = created;

CREATE TABLE api_key (
  sid           TEXT    NOT NULL PRIMARY KEY,
  account       TEXT    NOT NULL,
  friendly_name TEXT    NOT NULL,
  digest        BLOB    NOT NULL,
  created       INTEGER NOT NULL,
  updated       INTEGER NOT NULL
) STRICT;

-- +goose Down

DROP TABLE api_key;
ALTER TABLE account DROP COLUMN updated;
ALTER TABLE account DROP COLUMN status;
ALTER TABLE account DROP COLUMN owner;
