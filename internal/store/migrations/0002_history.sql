-- Events say in words what happened, and alerts have a table.

-- +goose Up

-- Events that were projected before have ''.
ALTER TABLE events ADD COLUMN description TEXT NOT NULL DEFAULT '';

-- What went wrong while nobody waited for an answer, in order of time, which is the order of
-- SIDs.
CREATE TABLE alerts (
  workspace_sid   TEXT    NOT NULL,
  sid             TEXT    NOT NULL,
  error_code      INTEGER NOT NULL,
  log_level       TEXT    NOT NULL, -- error or warning
  alert_date      INTEGER NOT NULL,
  alert_text      TEXT    NOT NULL,
  request_url     TEXT    NOT NULL, -- that was called, without credentials
  task_sid        TEXT, -- NULL where the alert is not about one
  reservation_sid TEXT,
  worker_sid      TEXT,
  workflow_sid    TEXT,
  seq             INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_task ON alerts (task_sid) WHERE task_sid IS NOT NULL;

-- +goose Down

DROP TABLE alerts;
ALTER TABLE events DROP COLUMN description;
