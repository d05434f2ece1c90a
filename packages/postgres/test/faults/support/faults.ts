import { query } from '@obsidianlaunch/testkit/postgres'
import { Client } from 'pg'
import { endConnections, password, type Site } from './site.ts'

/** Something wrong with a server. It is made, and what it gives mends it. */
export interface Fault {
  readonly make: (site: Site) => Promise<() => Promise<unknown>>
  readonly problem: string
  readonly sentence: RegExp
}

export const schema = 'obsidian_events'

/** Statements of the superuser. `USER` and `DATABASE` stand for those of the site. */
export function statements(make: string, mend: string): Fault['make'] {
  return async (site) => {
    const run = async (sql: string): Promise<void> => {
      const text = sql.replaceAll('USER', site.role).replaceAll('DATABASE_NAME', site.database)
      await query(sql.includes(schema) ? site.admin : site.server, text)
      await endConnections({ ...site, admin: site.server })
    }
    // A database that is in use cannot be renamed.
    if (make.includes('RENAME')) await run('ALTER ROLE USER NOLOGIN')
    await run(make)
    if (make.includes('RENAME')) await run('ALTER ROLE USER LOGIN')
    return () => run(mend)
  }
}

/** Holds a lock that everything waits for, with a limit of the user for that. */
function lockedWith(setting: string): Fault['make'] {
  return async (site) => {
    await query(site.admin, `ALTER ROLE ${site.role} SET ${setting} = '100ms'`)
    const holder = new Client(site.admin)
    await holder.connect()
    await holder.query(`BEGIN; LOCK TABLE ${schema}.lane, ${schema}.event`)
    await endConnections(site)
    return () => holder.end()
  }
}

/** Problems that a person has to mend. */
export const mendable: Record<string, Fault> = {
  'a wrong password': {
    make: statements(`ALTER ROLE USER PASSWORD 'another-secret'`, `ALTER ROLE USER PASSWORD '${password}'`),
    problem: 'denied',
    sentence: /the server does not let this user in\. Look at user and password/,
  },
  'a user who may not log in': {
    make: statements('ALTER ROLE USER NOLOGIN', 'ALTER ROLE USER LOGIN'),
    problem: 'denied',
    sentence: /the server does not let this user in\. Look at user and password/,
  },
  'no database': {
    make: statements(
      'ALTER DATABASE DATABASE_NAME RENAME TO DATABASE_NAME_old',
      'ALTER DATABASE DATABASE_NAME_old RENAME TO DATABASE_NAME',
    ),
    problem: 'missing',
    sentence: /there is no such database\. Create it, or mend the address/,
  },
  'no schema': {
    make: statements(`ALTER SCHEMA ${schema} RENAME TO gone`, `ALTER SCHEMA gone RENAME TO ${schema}`),
    problem: 'missing',
    sentence: /not in this database, or not all of it: make it by `npx @obsidianlaunch\/events-cli outbox migrate URL`/,
  },
  'no right to one table': {
    make: statements(`REVOKE INSERT ON ${schema}.event FROM USER`, `GRANT INSERT ON ${schema}.event TO USER`),
    problem: 'denied',
    sentence: /lacks a right: those that a user needs are listed at https:.*permission denied for table event/,
  },
  'a server that takes no writes': {
    make: statements(
      `ALTER ROLE USER SET default_transaction_read_only = on`,
      `ALTER ROLE USER SET default_transaction_read_only = off`,
    ),
    problem: 'read-only',
    sentence: /read-only replica, or was set to read only\. Give the address of the primary/,
  },
}

/** Problems of a schema, which are seen at the opening alone. */
export const ofSchema: Record<string, Fault> = {
  'a schema of an older version': {
    make: statements(
      `UPDATE ${schema}.version SET version = version - 1`,
      `UPDATE ${schema}.version SET version = version + 1`,
    ),
    problem: 'older',
    sentence: /made by an older version .* bring it up to date by `npx @obsidianlaunch\/events-cli outbox migrate URL`/,
  },
  'a schema of a newer version': {
    make: statements(
      `UPDATE ${schema}.version SET version = version + 1`,
      `UPDATE ${schema}.version SET version = version - 1`,
    ),
    problem: 'newer',
    sentence: /made by a newer version .*: update this package/,
  },
  'a table of another program by the name of ours': {
    make: statements(
      `ALTER TABLE ${schema}.version RENAME TO ours; CREATE TABLE ${schema}.version AS SELECT 'a' AS release; GRANT SELECT ON ${schema}.version TO USER`,
      `DROP TABLE ${schema}.version; ALTER TABLE ${schema}.ours RENAME TO version`,
    ),
    problem: 'not-an-outbox',
    sentence: /that (?:is|are) not ours: choose another schema/,
  },
  'a version that is not ours': {
    make: statements(
      `ALTER TABLE ${schema}.version RENAME TO ours; CREATE TABLE ${schema}.version AS SELECT 'v1.2' AS version; GRANT SELECT ON ${schema}.version TO USER`,
      `DROP TABLE ${schema}.version; ALTER TABLE ${schema}.ours RENAME TO version`,
    ),
    problem: 'not-an-outbox',
    sentence: /has a table "version" that is not ours: choose another schema/,
  },
}

/** Problems that pass without anybody. */
export const passing: Record<string, Fault> = {
  'no connection left for the user': {
    make: statements('ALTER ROLE USER CONNECTION LIMIT 0', 'ALTER ROLE USER CONNECTION LIMIT -1'),
    problem: 'busy',
    sentence: /got no connection: .*Allow more \(max_connections\), or share a pooler/,
  },
  'no connection left on the server': {
    make: async (site) => {
      const others: Client[] = []
      // Until the last one is taken the tracker must not get one back.
      await query(site.admin, `ALTER ROLE ${site.role} NOLOGIN`)
      await endConnections(site)
      for (;;) {
        const other = new Client(site.admin)
        const isFull = await other.connect().then(
          () => false,
          () => true,
        )
        if (isFull) break
        others.push(other)
      }
      await others[0]?.query(`ALTER ROLE ${site.role} LOGIN`)
      return () => Promise.all(others.map((other) => other.end()))
    },
    problem: 'busy',
    sentence: /got no connection: .*Allow more \(max_connections\), or share a pooler/,
  },
  statement_timeout: {
    make: lockedWith('statement_timeout'),
    problem: 'busy',
    sentence: /the server ended the statement \(statement_timeout, or a person\)/,
  },
  lock_timeout: {
    make: lockedWith('lock_timeout'),
    problem: 'busy',
    sentence: /was held by others for too long/,
  },
}
