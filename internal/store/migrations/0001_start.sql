-- Journal and projection of a task router.
--
-- The tables of the first part belong to the server: read them only through it.
--
-- The tables of the second part, the projection, are for everybody to query. They follow the
-- journal by a moment and are only written by the server. Names are those of the REST API.
--
--   * Keys are (workspace_sid, sid): name both in a query to have it fast.
--   * Times are milliseconds since 1970 in UTC; datetime(t / 1000, 'unixepoch') prints one.
--   * removed_at is when a thing was deleted, or when a finished task left the live state;
--     NULL while it is there. Removed rows stay as history until they are trimmed.
--   * seq is the journal record that wrote the row last.
--   * Empty texts are '', absent times NULL, booleans 0 and 1.
--
-- The tasks that waited longest yesterday, for example:
--
--   SELECT sid, assigned_at - date_created AS waited FROM tasks
--   WHERE workspace_sid = 'WS…' AND date_created >= unixepoch('now', '-1 day') * 1000
--   ORDER BY waited DESC LIMIT 10;

-- +goose Up

-- The server's own tables ---------------------------------------------------------------------

CREATE TABLE account (
  sid             TEXT    NOT NULL PRIMARY KEY,
  auth_token      TEXT    NOT NULL, -- readable, as it is a key that signs
  secondary_token TEXT    NOT NULL,
  friendly_name   TEXT    NOT NULL,
  created         INTEGER NOT NULL,
  version         INTEGER NOT NULL
) STRICT;

-- ws stands for the workspace in the tables below: a few bytes instead of 34 in every record.
CREATE TABLE directory (
  ws      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  sid     TEXT    NOT NULL UNIQUE,
  account TEXT    NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX directory_account ON directory (account, sid);

-- Lease, journal position and newest snapshot of a workspace. One row is touched per append.
CREATE TABLE head (
  ws         INTEGER NOT NULL PRIMARY KEY,
  owner      TEXT,                       -- NULL: nobody, it was let go of
  epoch      INTEGER NOT NULL,           -- only grows
  seq        INTEGER NOT NULL DEFAULT 0,
  chain      INTEGER NOT NULL DEFAULT 0, -- 64 bits, as a signed number
  at         INTEGER NOT NULL DEFAULT 0, -- time of the newest record
  wake_at    INTEGER,                    -- of one without owner: when its next timer is due
  snap_seq   INTEGER NOT NULL DEFAULT 0,
  snap_epoch INTEGER NOT NULL DEFAULT 0,
  snap_chain INTEGER NOT NULL DEFAULT 0,
  snap_parts INTEGER NOT NULL DEFAULT 0,
  trim_seq   INTEGER NOT NULL DEFAULT 0  -- newest record that is no longer kept
) STRICT;

-- With a rowid, although (ws, seq) is the key: bodies lie one after the other in order of
-- arrival, however many workspaces take turns, and only the small index is spread out. For a
-- thousand workspaces that doubles and triples what one commit of many records can carry.
CREATE TABLE journal (
  ws    INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  at    INTEGER NOT NULL,
  body  BLOB    NOT NULL,
  PRIMARY KEY (ws, seq)
) STRICT;

CREATE TABLE snapshot (
  ws    INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  part  INTEGER NOT NULL,
  data  BLOB    NOT NULL,
  PRIMARY KEY (ws, seq, epoch, part)
) STRICT;

CREATE TABLE reader (
  ws   INTEGER NOT NULL,
  name TEXT    NOT NULL,
  pos  INTEGER NOT NULL,
  PRIMARY KEY (ws, name)
) STRICT, WITHOUT ROWID;

-- The projection ------------------------------------------------------------------------------

CREATE TABLE workspaces (
  sid                    TEXT    NOT NULL PRIMARY KEY,
  account_sid            TEXT    NOT NULL,
  friendly_name          TEXT    NOT NULL,
  default_activity_sid   TEXT    NOT NULL,
  timeout_activity_sid   TEXT    NOT NULL,
  event_callback_url     TEXT    NOT NULL,
  events_filter          TEXT    NOT NULL,
  multi_task_enabled     INTEGER NOT NULL,
  prioritize_queue_order TEXT    NOT NULL,
  date_created           INTEGER,
  date_updated           INTEGER,
  removed_at             INTEGER,
  seq                    INTEGER NOT NULL
) STRICT;

CREATE TABLE activities (
  workspace_sid TEXT    NOT NULL,
  sid           TEXT    NOT NULL,
  friendly_name TEXT    NOT NULL,
  available     INTEGER NOT NULL,
  date_created  INTEGER,
  date_updated  INTEGER,
  removed_at    INTEGER,
  seq           INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;

CREATE TABLE task_channels (
  workspace_sid             TEXT    NOT NULL,
  sid                       TEXT    NOT NULL,
  friendly_name             TEXT    NOT NULL,
  unique_name               TEXT    NOT NULL,
  channel_optimized_routing INTEGER NOT NULL,
  date_created              INTEGER,
  date_updated              INTEGER,
  removed_at                INTEGER,
  seq                       INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;

CREATE TABLE task_queues (
  workspace_sid            TEXT    NOT NULL,
  sid                      TEXT    NOT NULL,
  friendly_name            TEXT    NOT NULL,
  target_workers           TEXT    NOT NULL,
  max_reserved_workers     INTEGER NOT NULL,
  task_order               TEXT    NOT NULL,
  reservation_activity_sid TEXT    NOT NULL,
  assignment_activity_sid  TEXT    NOT NULL,
  date_created             INTEGER,
  date_updated             INTEGER,
  removed_at               INTEGER,
  seq                      INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;

CREATE TABLE workflows (
  workspace_sid                    TEXT    NOT NULL,
  sid                              TEXT    NOT NULL,
  friendly_name                    TEXT    NOT NULL,
  configuration                    TEXT    NOT NULL,
  assignment_callback_url          TEXT    NOT NULL,
  fallback_assignment_callback_url TEXT    NOT NULL,
  task_reservation_timeout         INTEGER NOT NULL,
  date_created                     INTEGER,
  date_updated                     INTEGER,
  removed_at                       INTEGER,
  seq                              INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;

CREATE TABLE workers (
  workspace_sid       TEXT    NOT NULL,
  sid                 TEXT    NOT NULL,
  friendly_name       TEXT    NOT NULL,
  activity_sid        TEXT    NOT NULL,
  attributes          TEXT    NOT NULL,
  date_created        INTEGER,
  date_updated        INTEGER,
  date_status_changed INTEGER,
  last_reserved       INTEGER,
  version             INTEGER NOT NULL,
  removed_at          INTEGER,
  seq                 INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;

-- Keyed by worker: its channels are written and read together.
CREATE TABLE worker_channels (
  workspace_sid       TEXT    NOT NULL,
  worker_sid          TEXT    NOT NULL,
  sid                 TEXT    NOT NULL,
  task_channel_sid    TEXT    NOT NULL,
  available           INTEGER NOT NULL,
  configured_capacity INTEGER NOT NULL,
  reserved            INTEGER NOT NULL, -- reservations pending, accepted or wrapping
  assigned_tasks      INTEGER NOT NULL,
  last_reserved       INTEGER,
  date_created        INTEGER,
  date_updated        INTEGER,
  removed_at          INTEGER,
  seq                 INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, worker_sid, sid)
) STRICT;

CREATE TABLE tasks (
  workspace_sid           TEXT    NOT NULL,
  sid                     TEXT    NOT NULL,
  attributes              TEXT    NOT NULL,
  assignment_status       TEXT    NOT NULL,
  priority                INTEGER NOT NULL,
  reason                  TEXT    NOT NULL,
  timeout                 INTEGER NOT NULL,
  task_channel_sid        TEXT    NOT NULL,
  workflow_sid            TEXT    NOT NULL,
  task_queue_sid          TEXT    NOT NULL,
  task_queue_entered_date INTEGER,
  routing_target          TEXT    NOT NULL,
  ignore_capacity         INTEGER NOT NULL,
  virtual_start_time      INTEGER,
  date_created            INTEGER,
  date_updated            INTEGER,
  assigned_at             INTEGER,          -- when it was accepted
  ended_at                INTEGER,          -- when it was completed or canceled
  assignments             INTEGER NOT NULL, -- rounds of reservations
  version                 INTEGER NOT NULL,
  removed_at              INTEGER,
  seq                     INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;
CREATE INDEX tasks_removed ON tasks (workspace_sid, removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE reservations (
  workspace_sid         TEXT    NOT NULL,
  sid                   TEXT    NOT NULL,
  task_sid              TEXT    NOT NULL,
  worker_sid            TEXT    NOT NULL,
  worker_name           TEXT    NOT NULL,
  reservation_status    TEXT    NOT NULL,
  task_queue_sid        TEXT    NOT NULL,
  workflow_sid          TEXT    NOT NULL,
  task_channel_sid      TEXT    NOT NULL,
  previous_activity_sid TEXT    NOT NULL,
  timeout               INTEGER NOT NULL,
  expires               INTEGER,
  date_created          INTEGER,
  date_updated          INTEGER,
  version               INTEGER NOT NULL,
  removed_at            INTEGER,
  seq                   INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT;
CREATE INDEX reservations_task ON reservations (task_sid);
CREATE INDEX reservations_removed ON reservations (workspace_sid, removed_at)
  WHERE removed_at IS NOT NULL;

-- What happened, in order of time, which is the order of SIDs. The row says where the event is
-- told in full: it is the one numbered idx, from 0, among all events of the journal record seq.
CREATE TABLE events (
  workspace_sid     TEXT    NOT NULL,
  sid               TEXT    NOT NULL,
  event_type        TEXT    NOT NULL,
  event_date        INTEGER NOT NULL,
  resource_type     TEXT    NOT NULL,
  resource_sid      TEXT    NOT NULL,
  actor_type        TEXT    NOT NULL,
  actor_sid         TEXT    NOT NULL,
  source_ip_address TEXT    NOT NULL,
  task_sid          TEXT, -- NULL where the event does not mention one
  reservation_sid   TEXT,
  worker_sid        TEXT,
  task_queue_sid    TEXT,
  workflow_sid      TEXT,
  task_channel_sid  TEXT,
  activity_sid      TEXT,
  seq               INTEGER NOT NULL,
  idx               INTEGER NOT NULL,
  PRIMARY KEY (workspace_sid, sid)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_task ON events (task_sid) WHERE task_sid IS NOT NULL;
CREATE INDEX events_worker ON events (worker_sid) WHERE worker_sid IS NOT NULL;

-- +goose Down

DROP TABLE events;
DROP TABLE reservations;
DROP TABLE tasks;
DROP TABLE worker_channels;
DROP TABLE workers;
DROP TABLE workflows;
DROP TABLE task_queues;
DROP TABLE task_channels;
DROP TABLE activities;
DROP TABLE workspaces;
DROP TABLE reader;
DROP TABLE snapshot;
DROP TABLE journal;
DROP TABLE head;
DROP TABLE directory;
DROP TABLE account;
