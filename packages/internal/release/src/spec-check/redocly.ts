import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@obsidianlaunch/testkit/run'
import type { Bump } from './bump.ts'
import { type ApiDocument, documentPath } from './document.ts'
import { Problem } from './problem.ts'

/** One change as `redocly diff` reports it. */
export interface RedoclyChange {
  /** The place at which the change is met when the OpenAPI document is read from its top, through references. */
  path: string
  /** Kind of thing that changed: `Schema`, `Response`, `Example` … */
  typeName: string
  kind: 'added' | 'removed' | 'modified'
  impact: Bump
  verdicts: { message: string }[]
  /** Name of what was modified: `minLength`, `description`, or `key` where the thing has another name. */
  property?: string
  base?: Side
  revision?: Side
}

interface Side {
  /** The place at which it is written. */
  pointer: string
  value?: unknown
}

/** The semantic differences between two documents, in redocly's own judgement. */
export async function redoclyDiff(root: string, base: ApiDocument, revision: ApiDocument): Promise<RedoclyChange[]> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-diff-'))
  try {
    const [before, after] = [join(folder, 'base.json'), join(folder, 'revision.json')]
    await writeFile(before, JSON.stringify(base))
    await writeFile(after, JSON.stringify(revision))
    const program = join(root, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js')
    const options = ['--format', 'json', '--fail-on', 'none', '--lint-config', 'off']
    const args = [program, 'diff', before, after, ...options, '--config', join(root, 'spec', 'redocly.yaml')]
    // Nothing leaves the machine.
    const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const { code, stdout, stderr } = await run(process.execPath, args, { env })
    if (code === 0) return (JSON.parse(stdout) as { changes: RedoclyChange[] }).changes
    const reason = stderr.trim().split('\n').at(0)?.replaceAll(`${folder}/`, '')
    throw new Problem(
      `${documentPath} cannot be compared (${reason}). To see what is wrong with it, run: pnpm spec:lint`,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}
