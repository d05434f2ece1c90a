import type { DatabaseSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'

/** Tells our files from those of other programs. @see https://sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x4f_4c_45_76

/**
 * Each brings a file from the version that is its place in the list to the next one. Never change one that was published:
 * add another.
 *
 * The events of a customer are a chain, from the head of its lane to the tail: a new one touches the end of each table
 * and its lane, where an index by customer would touch a page for every customer, and pages are what a commit costs. A
 * lane exists while its customer has events.
 *
 * `due` is time of day in milliseconds; `wait` says how long the wait was when it began, so that a clock that was set back
 * cannot make it longer; `turn` decides between lanes of the same millisecond. Nothing of a claim is stored: a file has
 * one owner, and its leases end with it.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE event (
     seq INTEGER PRIMARY KEY,
     customer TEXT NOT NULL,
     id TEXT NOT NULL,
     minted INTEGER NOT NULL,
     operation TEXT NOT NULL,
     body TEXT NOT NULL,
     accepted REAL NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX event_id ON event (customer, id) WHERE minted = 0;

   CREATE TABLE link (
     seq INTEGER PRIMARY KEY,
     next INTEGER NOT NULL
   ) STRICT;

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
     detail TEXT
   ) STRICT;
   CREATE INDEX dead_customer ON dead (customer);

   CREATE TABLE seen (
     number INTEGER PRIMARY KEY,
     customer TEXT NOT NULL,
     id TEXT NOT NULL,
     delivered INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX seen_id ON seen (customer, id);`,

  // Before it there were no events but those of the test environment.
  `ALTER TABLE event ADD COLUMN environment TEXT NOT NULL DEFAULT 'test';
   ALTER TABLE dead ADD COLUMN environment TEXT NOT NULL DEFAULT 'test';
   ALTER TABLE seen ADD COLUMN environment TEXT NOT NULL DEFAULT 'test';
   DROP INDEX event_id;
   CREATE UNIQUE INDEX event_id ON event (customer, id, environment) WHERE minted = 0;
   DROP INDEX seen_id;
   CREATE UNIQUE INDEX seen_id ON seen (customer, id, environment);`,

  // `stored` is when an event was stored, by the time of its owner; `refusals` and the two moments beside it belong to the
  // head of a lane; `owner` has one row, whose number each owner raises: who finds another one than its own is superseded.
  `ALTER TABLE event ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE lane ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE lane ADD COLUMN refused_first INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE lane ADD COLUMN refused_last INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE owner (number INTEGER NOT NULL) STRICT;
   INSERT INTO owner VALUES (0);`,

  // Ids that were remembered before it have none.
  `ALTER TABLE seen ADD COLUMN fingerprint INTEGER;`,

  // Until when an id is remembered, as whoever delivered it has said; those from before it have a day.
  `ALTER TABLE seen ADD COLUMN until INTEGER;`,
]

/** Brings a file to the newest version, or leaves it as it is and throws. */
export function migrate(db: DatabaseSync, path: string, steps: readonly string[] = migrations): void {
  const version = versionOf(db, path)
  if (version > steps.length) throw newer(path)
  if (version === steps.length) return
  // Before the first table, else it has no effect; pages are given back a few at a time.
  if (version === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const step of steps.slice(version)) db.exec(step)
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}; COMMIT`)
  } catch (thrown) {
    rollback(db)
    throw thrown
  }
}

/** For a reader, which changes nothing. */
export function assertCurrent(db: DatabaseSync, path: string): void {
  const version = versionOf(db, path)
  if (version > migrations.length) throw newer(path)
  if (version === migrations.length) return
  throw new OutboxError(
    'older',
    `The outbox ${path} is of an older version: start the program that owns it once with this version, which brings it up to date.`,
  )
}

/** After an error, which may have ended the transaction itself. @see https://sqlite.org/lang_transaction.html */
export function rollback(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK')
  } catch {
    // It had ended.
  }
}

function versionOf(db: DatabaseSync, path: string): number {
  const { application_id: id } = db.prepare('PRAGMA application_id').get() as { application_id: number }
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
  if (id === applicationId || (id === 0 && version === 0 && tables === 0)) return version
  throw new OutboxError(
    'not-an-outbox',
    `The outbox ${path} is a database of another program: choose another path. It was left as it is.`,
  )
}

function newer(path: string): OutboxError {
  return new OutboxError(
    'newer',
    `The outbox ${path} was written by a newer version of this package: update it here too. The file was left as it is.`,
  )
}
