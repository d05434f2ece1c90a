import { globSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

/** Lints files in a workspace of their own with the workspace's rules; gives the file and the rule of each complaint. */
async function complaintsAbout(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'))
  try {
    await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint')
    const { stdout } = await run(process.execPath, [oxlint, '--format=json'], { cwd: folder })
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] }
    return diagnostics.map(({ filename, code }) => `${filename} ${code}`).toSorted()
  } finally {
    await rm(folder, { recursive: true })
  }
}

const lines = (count: number, line: string) => `${line}\n`.repeat(count)
const longFunction = (length: number) => `export function long() {\n${lines(length - 2, '  Math.random()')}}\n`
const branches = (count: number) =>
  `export function branches(a: number) {\n${lines(count, '  if (a > 1) return a')}  return 0\n}\n`

test('two files that import nothing but types of each other are a cycle', async () => {
  const files = {
    'packages/events/src/delivery/one.ts': "import type { Two } from './two.ts'\nexport type One = Two | 1\n",
    'packages/events/src/delivery/two.ts': "import type { One } from './one.ts'\nexport type Two = One[]\n",
  }
  expect(await complaintsAbout(files)).toEqual([
    'packages/events/src/delivery/one.ts import(no-cycle)',
    'packages/events/src/delivery/two.ts import(no-cycle)',
  ])
})

/** Files of a package, each with the one that it takes something from: first those that must not, then those that may. */
interface Layers {
  upwards: Record<string, string>
  downwards: Record<string, string>
}

const layers: Record<string, Layers> = {
  events: {
    upwards: {
      'platform/a.ts': '../event/event.ts',
      'event/a.ts': '../token/token-keeper.ts',
      'token/a.ts': '../errors/errors.ts',
      'errors/a.ts': '../call/json.ts',
      'call/a.ts': '../outbox/outbox.ts',
      'outbox/a.ts': '../options/options.ts',
      'outbox/sqlite/a.ts': '../../tracker.ts',
      'options/a.ts': '../http/send.ts',
      'http/a.ts': '../delivery/delivery.ts',
      'delivery/a.ts': '../tracker.ts',
      'new-folder/a.ts': '../platform/platform.ts',
    },
    downwards: {
      'event/b.ts': '../platform/platform.ts',
      'outbox/sqlite/b.ts': '../outbox.ts',
      'outbox/sqlite/c.ts': '../../errors/errors.ts',
      'delivery/b.ts': '../http/send.ts',
      'b.ts': './delivery/delivery.ts',
    },
  },
  postgres: {
    upwards: {
      'schema/a.ts': '../postgres-outbox.ts',
      'schema/b.ts': '../enqueue/enqueue.ts',
      'schema/c.ts': '../index.ts',
      'enqueue/a.ts': '../postgres-outbox.ts',
      'enqueue/b.ts': '../index.ts',
      'new-folder/a.ts': '../errors.ts',
    },
    downwards: {
      'schema/d.ts': '../database.ts',
      'schema/e.ts': '../errors.ts',
      'enqueue/c.ts': '../schema/version.ts',
      'enqueue/d.ts': '../options.ts',
      'b.ts': './enqueue/enqueue.ts',
    },
  },
  mock: {
    upwards: {
      'faults/a.ts': '../recording/exchange.ts',
      'recording/a.ts': '../prism/engine.ts',
      'prism/a.ts': '../inspector/wire.ts',
      'inspector/a.ts': '../server/answer.ts',
      'inspector/b.ts': './page/store/store.ts',
      'inspector/page/a.ts': '../wire.ts',
      'inspector/page/format/a.ts': '../store/store.ts',
      'inspector/page/store/a.ts': '../widgets/dom.ts',
      'inspector/page/store/b.ts': '../../stream.ts',
      'inspector/page/store/c.ts': '../../../faults/fault.ts',
      'inspector/page/widgets/a.ts': '../panels/toolbar.ts',
      'inspector/page/panels/a.ts': '../main.ts',
      'server/a.ts': '../command/log.ts',
      'command/a.ts': '../mock.ts',
      'new-folder/a.ts': '../faults/fault.ts',
    },
    downwards: {
      'recording/b.ts': '../faults/fault.ts',
      'inspector/c.ts': '../recording/exchange.ts',
      'inspector/page/main.ts': './panels/toolbar.ts',
      'inspector/page/store/d.ts': '../../wire.ts',
      'inspector/page/panels/b.ts': '../../../recording/exchange.ts',
      'command/b.ts': '../server/start.ts',
      'b.ts': './server/start.ts',
    },
  },
  relay: {
    upwards: {
      'edge/a.ts': '../policy/caller.ts',
      'edge/b.ts': '../options.ts',
      'policy/a.ts': '../operate/metrics.ts',
      'policy/b.ts': '../relay.ts',
      'operate/a.ts': '../admin.ts',
      'operate/c.ts': './page/store/store.ts',
      'operate/page/a.ts': '../wire.ts',
      'operate/page/store/a.ts': '../widgets/table.ts',
      'operate/page/store/b.ts': '../../stream.ts',
      'operate/page/store/c.ts': '../../../edge/record.ts',
      'operate/page/widgets/a.ts': '../panels/lanes.ts',
      'operate/page/panels/a.ts': '../main.ts',
      'new-folder/a.ts': '../edge/refusal.ts',
    },
    downwards: {
      'policy/c.ts': '../edge/refusal.ts',
      'operate/b.ts': '../edge/record.ts',
      'operate/page/main.ts': './panels/lanes.ts',
      'operate/page/store/d.ts': '../../wire.ts',
      'operate/page/panels/b.ts': '../widgets/table.ts',
      'b.ts': './operate/metrics.ts',
    },
  },
  cli: {
    upwards: {
      'terminal/a.ts': '../outbox/file.ts',
      'outbox/a.ts': '../import/import-file.ts',
      'import/a.ts': '../doctor/doctor.ts',
      'doctor/a.ts': '../commands/track.ts',
      'commands/a.ts': '../program.ts',
      'new-folder/a.ts': '../terminal/shell.ts',
    },
    downwards: {
      'doctor/b.ts': '../outbox/file.ts',
      'commands/b.ts': '../import/import-file.ts',
      'b.ts': './commands/track.ts',
    },
  },
}

test.each(Object.entries(layers))(
  'a folder of %s imports nothing of a later layer, not even a type',
  async (name, { upwards, downwards }) => {
    const files = Object.entries({ ...upwards, ...downwards }).map(([file, from]) => [
      `packages/${name}/src/${file}`,
      `export type { Some } from '${from}'\n`,
    ])
    expect(await complaintsAbout(Object.fromEntries(files) as Record<string, string>)).toEqual(
      Object.keys(upwards)
        .map((file) => `packages/${name}/src/${file} eslint(no-restricted-imports)`)
        .toSorted(),
    )
  },
)

test('a function has up to 50 lines and 15 paths, a file up to 300 lines', async () => {
  const files = {
    'packages/client/src/longest-function.ts': longFunction(50),
    'packages/client/src/longer-function.ts': longFunction(51),
    'packages/client/src/most-paths.ts': branches(14),
    'packages/client/src/more-paths.ts': branches(15),
    'packages/client/src/longest-file.ts': lines(300, 'Math.random()'),
    'packages/client/src/longer-file.ts': lines(301, 'Math.random()'),
  }
  expect(await complaintsAbout(files)).toEqual([
    'packages/client/src/longer-file.ts eslint(max-lines)',
    'packages/client/src/longer-function.ts eslint(max-lines-per-function)',
    'packages/client/src/more-paths.ts eslint(complexity)',
  ])
})

test('a folder of sources holds up to 25 files', () => {
  const packages = join(root, 'packages')
  const counts = new Map<string, number>()
  for (const file of globSync('{*,internal/*}/src/**/*.*', { cwd: packages })) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  }
  expect(counts.get('events/src')).toBeGreaterThan(1)
  const full = [...counts].filter(([, count]) => count > 25)
  expect(full).toEqual([])
})
