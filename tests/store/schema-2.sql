-- SPDX-License-Identifier: LGPL-2.1-or-later
-- A store of schema 2, frozen. Never changed.
CREATE TABLE resource (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type INTEGER NOT NULL, resource_id TEXT NOT NULL, name TEXT, owner TEXT, creation INTEGER NOT NULL, modified INTEGER NOT NULL, expiration INTEGER NOT NULL, size INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE instance (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type INTEGER NOT NULL, resource_id TEXT NOT NULL, name TEXT, owner TEXT, creation INTEGER NOT NULL, modified INTEGER NOT NULL, expiration INTEGER NOT NULL, size INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX resource_by_parent ON resource (parent);
CREATE INDEX instance_by_parent ON instance (parent);
CREATE TABLE counters (number INTEGER PRIMARY KEY, state_tag INTEGER NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
CREATE TABLE event (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, subject INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE cursor (target TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL) STRICT;
CREATE INDEX instance_by_name ON instance (parent, name) WHERE name IS NOT NULL;
CREATE INDEX resource_by_expiration ON resource (expiration) WHERE ended = 0 AND expiration < 9223372036854775807;
CREATE INDEX instance_by_expiration ON instance (expiration) WHERE ended = 0 AND expiration < 9223372036854775807;
ALTER TABLE instance ADD COLUMN moment INTEGER;
CREATE INDEX instance_by_moment ON instance (parent, moment) WHERE moment IS NOT NULL;
INSERT INTO marks VALUES (1, 3, 9, 1);
INSERT INTO resource VALUES (1, 0, 5, 'cb', NULL, NULL, 1, 1, 9223372036854775807, 0, 0, '{"m2m:cb":{"csi":"/x"}}');
INSERT INTO resource VALUES (2, 1, 3, 'cnt-2', 'box', 'Cme', 2, 7, 1000, 0, 0, '{"m2m:cnt":{"lbl":["room:1","a \"b\""],"mni":3}}');
INSERT INTO resource VALUES (3, 1, 3, 'cnt-3', NULL, 'Cme', 3, 3, 9223372036854775807, 0, 0, '{"m2m:cnt":{"rn":"lbl"}}');
INSERT INTO instance VALUES (4, 2, 4, 'cin.4', NULL, 'Cme', 10, 10, 9223372036854775807, 3, 0, '{"m2m:cin":{"con":"x","lbl":["a","a"]}}', NULL);
INSERT INTO instance VALUES (5, 2, 4, 'cin.5', NULL, 'Cme', 20, 20, 9223372036854775807, 3, 0, '{"m2m:cin":{"con":"lbl"}}', NULL);
INSERT INTO instance VALUES (6, 2, 4, 'cin.6', NULL, 'Cme', 5, 5, 9223372036854775807, 3, 0, 'not JSON "lbl"', NULL);
INSERT INTO counters VALUES (2, 500, 3, 9, 4, 6);
INSERT INTO counters VALUES (3, 0, 0, 0, 0, 0);
INSERT INTO event VALUES (1, 2, 2, '{}');
PRAGMA application_id = 1195930484;
PRAGMA user_version = 2;
