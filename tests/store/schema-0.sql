-- SPDX-License-Identifier: LGPL-2.1-or-later
-- A store of schema 0, frozen: what the first version wrote. Never changed.
CREATE TABLE resource (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type INTEGER NOT NULL, resource_id TEXT NOT NULL, name TEXT, owner TEXT, creation INTEGER NOT NULL, modified INTEGER NOT NULL, expiration INTEGER NOT NULL, size INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE instance (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type INTEGER NOT NULL, resource_id TEXT NOT NULL, name TEXT, owner TEXT, creation INTEGER NOT NULL, modified INTEGER NOT NULL, expiration INTEGER NOT NULL, size INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX resource_by_parent ON resource (parent);
CREATE INDEX instance_by_parent ON instance (parent);
CREATE TABLE counters (number INTEGER PRIMARY KEY, state_tag INTEGER NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
CREATE TABLE event (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, subject INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE cursor (target TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL) STRICT;
INSERT INTO marks VALUES (1, 3, 4, 1);
INSERT INTO resource VALUES (1, 0, 5, 'cb', NULL, NULL, 1, 1, 9223372036854775807, 0, 0, '{}');
INSERT INTO resource VALUES (2, 1, 3, 'cnt2', 'box', 'Cme', 1, 1, 1000, 0, 0, '{}');
INSERT INTO instance VALUES (3, 2, 4, 'cin3', 'first', 'Cme', 1, 1, 50, 10, 0, '{"con":1}');
INSERT INTO instance VALUES (4, 2, 4, 'cin4', NULL, 'Cme', 1, 1, 9223372036854775807, 20, 0, '{"con":2}');
INSERT INTO counters VALUES (2, 2, 2, 30, 3, 4);
INSERT INTO event VALUES (1, 2, 2, '{}');
INSERT INTO cursor VALUES ('http://t/', 1);
INSERT INTO meta VALUES ('cse-id', '/id');
PRAGMA application_id = 1195930484;
PRAGMA user_version = 0;
