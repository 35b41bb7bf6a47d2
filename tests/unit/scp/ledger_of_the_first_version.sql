-- A ledger that no migration made: as the first version of the listener wrote it, with three films.
BEGIN TRANSACTION;
CREATE TABLE event (
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	instance VARCHAR(32) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "event" VALUES(1,'2026-11-29 08:41:30.612026','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','received','{"sender": "CR1"}');
INSERT INTO "event" VALUES(2,'2026-11-29 08:41:30.618998','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','assessed','{}');
INSERT INTO "event" VALUES(3,'2026-11-29 08:41:30.620765','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','delivered','{"route": "pacs", "object": "sr"}');
INSERT INTO "event" VALUES(4,'2026-11-29 08:41:30.626088','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','received','{"sender": "CR1"}');
INSERT INTO "event" VALUES(5,'2026-11-29 08:41:30.633001','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','failed','{"code": "malformed"}');
INSERT INTO "event" VALUES(6,'2026-11-29 08:41:30.637366','cccccccccccccccccccccccccccccccc','received','{"sender": "CR2", "urgent": "header"}');
CREATE TABLE instance (
	id VARCHAR(32) NOT NULL, 
	sop_instance_uid VARCHAR(64) NOT NULL, 
	sop_class_uid VARCHAR(64) NOT NULL, 
	study_instance_uid VARCHAR(64) NOT NULL, 
	series_instance_uid VARCHAR(64) NOT NULL, 
	received DATETIME NOT NULL, 
	sender VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "instance" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','1.2.1','1.2.840.10008.5.1.4.1.1.1','1.2','1.2.1','2026-11-29 08:41:30.608950','CR1');
INSERT INTO "instance" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','1.2.2','1.2.840.10008.5.1.4.1.1.1','1.2','1.2.1','2026-11-29 08:41:30.625356','CR1');
INSERT INTO "instance" VALUES('cccccccccccccccccccccccccccccccc','1.2.3','1.2.840.10008.5.1.4.1.1.1','1.2','1.2.1','2026-11-29 08:41:30.636679','CR2');
CREATE TABLE object (
	sop_instance_uid VARCHAR(64) NOT NULL, 
	instance VARCHAR(32) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	study_instance_uid VARCHAR(64) NOT NULL, 
	series_instance_uid VARCHAR(64) NOT NULL, 
	made DATETIME NOT NULL, 
	PRIMARY KEY (sop_instance_uid)
);
INSERT INTO "object" VALUES('2.25.1','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','sr','1.2','2.25.9','2026-11-29 08:41:30.616685');
CREATE INDEX ix_instance_sop_instance_uid ON instance (sop_instance_uid);
CREATE INDEX ix_instance_study_instance_uid ON instance (study_instance_uid);
CREATE TRIGGER instance_UPDATE BEFORE UPDATE ON instance BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER instance_DELETE BEFORE DELETE ON instance BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE INDEX event_by_kind ON event (kind, number);
CREATE INDEX event_by_instance ON event (instance, number);
CREATE TRIGGER event_UPDATE BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER event_DELETE BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE INDEX ix_object_instance ON object (instance);
CREATE INDEX ix_object_study_instance_uid ON object (study_instance_uid);
CREATE TRIGGER object_UPDATE BEFORE UPDATE ON object BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER object_DELETE BEFORE DELETE ON object BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
COMMIT;
