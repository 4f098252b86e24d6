ALTER TABLE audit_event ADD COLUMN outcome INTEGER NOT NULL DEFAULT 0;

UPDATE audit_event SET outcome = CASE WHEN record LIKE '%"errorCode":"AccessDenied"%' THEN 1 ELSE 2 END
    WHERE record LIKE '%"errorCode":"%';

CREATE INDEX audit_event_of_outcome ON audit_event (account, outcome, time, sequence);
