import { randomBytes } from 'node:crypto'
import { query } from '@obsidianlaunch/testkit/postgres'
import { statementsAbout } from './pages.ts'

/** A user of a server, until the end of the block. */
export interface Role extends AsyncDisposable {
  readonly name: string
  /** The address of the database for this user. */
  readonly url: string
}

/** The rights that the page lists for one of its users. */
export function grantsOf(user: string): string[] {
  return statementsAbout(` TO ${user}`).map((statement) => statement.replace(/^.*?(?=GRANT)/s, ''))
}

/** Makes the user of the page with the rights that it lists there, in a schema. */
export async function createRole(url: string, user: string, schema = 'obsidian_events'): Promise<Role> {
  const role = await createUser(url)
  for (const statement of statementsAbout(user).filter((text) => !text.startsWith('CREATE ROLE'))) {
    await query(url, statement.replaceAll(user, role.name).replaceAll('obsidian_events', schema))
  }
  return role
}

/** Makes a user that may do nothing but connect. */
export async function createUser(url: string, attributes = ''): Promise<Role> {
  const name = `role_${randomBytes(6).toString('hex')}`
  await query(url, `CREATE ROLE ${name} LOGIN PASSWORD 'secret' ${attributes}`)
  const address = new URL(url)
  address.username = name
  address.password = 'secret'
  return {
    name,
    url: address.href,
    async [Symbol.asyncDispose]() {
      await query(url, `DROP OWNED BY ${name} CASCADE`)
      await query(url, `DROP ROLE ${name}`)
    },
  }
}
