import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'
import { install, packAll } from '../../src/index.ts'

const missing = missingDatabase()
const page = join(root, 'packages', 'postgres', 'README.md')

/** The programs of the page, and the SQL that a user pastes, in their order; those with names are parts of the user's own project. */
async function blocks(): Promise<{ language: string; code: string }[]> {
  const fences = (await readFile(page, 'utf8')).matchAll(/^```(ts|sql)([^\n]*)\n([\s\S]*?)^```/gm)
  return [...fences].filter(([, , words]) => words === '').map(([, language = '', , code = '']) => ({ language, code }))
}

test('an empty project that installs the package runs its README from top to bottom against a server', async ({
  skip,
}) => {
  skip(missing !== undefined, missing)
  const project = await mkdtemp(join(tmpdir(), 'postgres-readme-'))
  await using database = await createDatabase()
  await using mock = await startMock()
  try {
    const packed = await packAll(project)
    await install(
      project,
      packed.filter(({ manifest }) => /events(-client|-postgres)?$/.test(manifest.name)),
    )
    const env = {
      DATABASE_URL: database.url,
      EVENT_TRACKING_BASE_URL: mock.url,
      EVENT_TRACKING_AUTH_TOKEN: 'any-token',
    }
    const found = await blocks()
    expect(found.length).toBeGreaterThan(4)
    for (const [at, { language, code }] of found.entries()) {
      const file = join(project, `${at}.mts`)
      await writeFile(file, language === 'ts' ? code : '')
      if (language === 'sql') await query(database.url, code)
      const ended = await run(process.execPath, [file], { cwd: project, env })
      expect({ at, code: ended.code, stderr: ended.stderr }).toEqual({ at, code: 0, stderr: '' })
    }
    expect(mock.requests.length).toBeGreaterThan(3)
    const left = 'SELECT count(*) FROM obsidian_events.event UNION ALL SELECT count(*) FROM obsidian_events.dead'
    expect(await query(database.url, left)).toEqual([{ count: '0' }, { count: '0' }])
  } finally {
    await query(database.url, 'DROP OWNED BY events_tracker, events_app, events_migrator CASCADE').catch(
      () => undefined,
    )
    await query(database.url, 'DROP ROLE IF EXISTS events_tracker, events_app, events_migrator')
    await rm(project, { recursive: true, force: true })
  }
})
