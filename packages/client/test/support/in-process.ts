import { fileURLToPath } from 'node:url'
import { printed } from '@obsidianlaunch/testkit/run'

const fileOf = (name: string) => fileURLToPath(new URL(`../../src/${name}`, import.meta.url))
/** Names that a program imports, and their files. */
const doors = { "'client'": fileOf('index.node.ts'), "'client/core'": fileOf('core.node.ts') }

/**
 * Runs a program in a process of its own, whose globals it may replace. It imports the package from `client` and from
 * `client/core`.
 *
 * @returns what it printed last, parsed
 */
export function inProcess(program: string, env: Record<string, string> = {}): Promise<unknown> {
  const script = Object.entries(doors).reduce(
    (code, [door, file]) => code.replaceAll(door, JSON.stringify(file)),
    program,
  )
  return printed(script, { env, alone: true, timeoutMs: 60_000 })
}
