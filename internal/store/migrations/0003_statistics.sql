-- Statistics: what happened, summed up by spans of time. The server keeps them behind the
-- journal and is the only one who can read data.
--
-- kind says how long the span is and what data holds, at is when it begins in seconds since
-- 1970, owner whose figures they are: the SID of a workspace, queue, workflow or worker.

-- +goose Up

CREATE TABLE statistic (
  ws    INTEGER NOT NULL,
  kind  INTEGER NOT NULL,
  at    INTEGER NOT NULL,
  owner TEXT    NOT NULL,
  data  BLOB    NOT NULL,
  PRIMARY KEY (ws, kind, at, owner)
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE statistic;
