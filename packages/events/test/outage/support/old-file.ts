import { DatabaseSync } from 'node:sqlite'

/** The tables as version 2 of the file had them. Never changed: such files are out there. */
const version2 = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    id TEXT NOT NULL,
    minted INTEGER NOT NULL,
    operation TEXT NOT NULL,
    body TEXT NOT NULL,
    accepted REAL NOT NULL,
    environment TEXT NOT NULL DEFAULT 'test'
  ) STRICT;
  CREATE UNIQUE INDEX event_id ON event (customer, id, environment) WHERE minted = 0;
  CREATE TABLE link (seq INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;
  CREATE TABLE lane (
    customer TEXT PRIMARY KEY,
    head INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    length INTEGER NOT NULL,
    due INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    wait INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lane_due ON lane (due, turn);
  CREATE TABLE dead (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    id TEXT NOT NULL,
    minted INTEGER NOT NULL,
    operation TEXT NOT NULL,
    body TEXT NOT NULL,
    accepted REAL NOT NULL,
    died INTEGER NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    detail TEXT,
    environment TEXT NOT NULL DEFAULT 'test'
  ) STRICT;
  CREATE INDEX dead_customer ON dead (customer);
  CREATE TABLE seen (
    number INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    id TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    environment TEXT NOT NULL DEFAULT 'test'
  ) STRICT;
  CREATE UNIQUE INDEX seen_id ON seen (customer, id, environment);
  PRAGMA application_id = 1330398582;
  PRAGMA user_version = 2;`

interface Waiting {
  acceptedAt: number
  dueAt: number
  waitMs: number
}

/** Makes a file as the version before wrote it, with events (`customer:event`) of one customer that waits. */
export function oldFile(path: string, events: readonly string[], { acceptedAt, dueAt, waitMs }: Waiting): void {
  const db = new DatabaseSync(path)
  db.exec(version2)
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, 1, ?, ?, ?, ?)')
  const link = db.prepare('INSERT INTO link VALUES (?, ?)')
  const customers = events.map((name) => name.slice(0, name.indexOf(':')))
  for (const [index, name] of events.entries()) {
    const customer = customers[index] as string
    const body = JSON.stringify({ customer_id: customer, event: name.slice(customer.length + 1) })
    insert.run(index + 1, customer, `id-${index}`, 'trackEvent', body, acceptedAt, 'test')
    if (index > 0) link.run(index, index + 1)
  }
  const lane = 'INSERT INTO lane VALUES (?, 1, ?, ?, ?, 7, ?, 1)'
  db.prepare(lane).run(customers[0] as string, events.length, events.length, dueAt, waitMs)
  db.close()
}
