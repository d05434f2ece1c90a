import { randomBytes } from 'node:crypto'
import { type Major, missingServer } from './postgres/programs.ts'
import { query } from './postgres/query.ts'

const insufficientPrivilege = '42501'

/** A database in PostgreSQL that a test has for itself, until the end of the block. */
export interface Database extends AsyncDisposable {
  readonly url: string
}

/** Tells that there can be none, and how to have one: `beforeEach(({ skip }) => skip(missing !== undefined, missing))`. */
export function missingDatabase(major: Major = 'newest'): string | undefined {
  return ofPerson(major) === undefined ? missingServer(major) : undefined
}

/** Makes one on the server that `TEST_DATABASE_URL` names, else on the one that the test files of a run share. */
export async function createDatabase(major: Major = 'newest'): Promise<Database> {
  const server = ofPerson(major) ?? (await shared(major))
  const name = `test_${randomBytes(6).toString('hex')}`
  try {
    await query(server, `CREATE DATABASE ${name}`)
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== insufficientPrivilege) throw thrown
    throw new Error('The role of TEST_DATABASE_URL must be allowed to create databases.', { cause: thrown })
  }
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await query(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

function ofPerson(major: Major): string | undefined {
  return major === 'newest' ? process.env['TEST_DATABASE_URL'] : undefined
}

async function shared(major: Major): Promise<string> {
  const response = await fetch(`${process.env['SHARED_POSTGRES']}/${major}`)
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}
