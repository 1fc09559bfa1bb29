-- Contact centers in order of their foundation.
CREATE TABLE center (
  number INTEGER PRIMARY KEY,
  id     TEXT    NOT NULL UNIQUE,
  epoch  INTEGER NOT NULL
) STRICT;

-- The log. A position is the center's number * 2^40 + the number of the batch: one key of one
-- integer keeps it a single tree that is appended to, without an index beside it.
CREATE TABLE batch (
  position INTEGER PRIMARY KEY,
  events   BLOB    NOT NULL
) STRICT;

-- The position is that of the last batch whose effect the snapshot holds.
CREATE TABLE snapshot (
  position INTEGER PRIMARY KEY,
  state    BLOB    NOT NULL
) STRICT;

CREATE TABLE ended_contact (
  center     INTEGER NOT NULL,
  id         TEXT    NOT NULL,
  ended_at   INTEGER NOT NULL,
  transcript BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX ended_contact_by_id ON ended_contact (center, id);
CREATE INDEX ended_contact_by_time ON ended_contact (center, ended_at, id);

CREATE TABLE value (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;
