import json
import os

import psycopg

ENQUEUE = 'INSERT INTO obsidian_events.enqueued (customer_id, operation, body) VALUES (%s, %s, %s)'


def identify_customer(connection, customer_id: str, name: str, email: str, properties: dict):
    body = {'name': name, 'email': email, 'properties': properties}
    connection.execute(ENQUEUE, (customer_id, 'identifyCustomer', json.dumps(body)))


def track_event(connection, customer_id: str, event_name: str):
    connection.execute(ENQUEUE, (customer_id, 'trackEvent', json.dumps({'event': event_name})))


with psycopg.connect(os.environ['DATABASE_URL']) as connection:
    connection.execute('INSERT INTO invoice (customer_id) VALUES (%s)', ('user123',))
    identify_customer(connection, 'user123', 'John Doe', 'john@example.com', {'plan': 'premium'})
    track_event(connection, 'user123', 'invoice_paid')
