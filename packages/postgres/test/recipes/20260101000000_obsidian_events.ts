// Knex, in its folder migrations
import { migrations } from '@obsidianlaunch/events-postgres'
import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  // A later version is a migration of its own.
  for (const { version, sql } of migrations()) if (version <= 3) await knex.raw(sql)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP SCHEMA obsidian_events CASCADE')
}
