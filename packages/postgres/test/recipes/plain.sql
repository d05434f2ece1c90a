BEGIN;
INSERT INTO invoice (customer_id) VALUES ('user123');
INSERT INTO obsidian_events.enqueued (customer_id, operation, body)
VALUES ('user123', 'trackEvent', '{"event": "invoice_paid"}');
COMMIT;
