import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { query } from '@obsidianlaunch/testkit/postgres'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'
import { install, packAll } from '../../src/index.ts'

const missing = missingDatabase()
/** The README, and the pages of the site to which it leads, as one reads them. */
const texts = [
  readFileSync(join(root, 'packages', 'postgres', 'README.md'), 'utf8'),
  ...['', '/schema', '/transactions', '/operating', '/failures'].map((page) => textOf(`guides/postgres${page}`)),
]

/** The programs of these pages, and the SQL that a user pastes, in their order; those with names are parts of the user's own project. */
function blocks(): { language: string; code: string }[] {
  const fences = texts.join('\n').matchAll(/^```(ts|sql)([^\n]*)\n([\s\S]*?)^```/gm)
  return [...fences].filter(([, , words]) => words === '').map(([, language = '', , code = '']) => ({ language, code }))
}

test('an empty project that installs the package runs its README and its pages from top to bottom against a server', async ({
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
    const found = blocks()
    expect(found.length).toBeGreaterThan(8)
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
