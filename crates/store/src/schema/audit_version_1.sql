CREATE TABLE audit_event (
    time INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    account INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    principal TEXT NOT NULL,
    operation TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (time, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_event_of_access_key ON audit_event (account, access_key, time, sequence);
CREATE INDEX audit_event_of_principal ON audit_event (account, principal, time, sequence);
CREATE INDEX audit_event_of_operation ON audit_event (account, operation, time, sequence);

CREATE TABLE audit_size (
    shard INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (shard)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_size (shard, last_sequence, events, bytes) VALUES (0, 0, 0, 0);
