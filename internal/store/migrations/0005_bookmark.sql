-- Readers that act on single events note where in a record they stand.

-- +goose Up

ALTER TABLE reader ADD COLUMN mark TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE reader DROP COLUMN mark;
