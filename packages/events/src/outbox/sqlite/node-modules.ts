import { ConfigurationError } from '../../errors/errors.ts'

/** The modules of the run time that the outbox needs. */
export interface NodeModules {
  fs: typeof import('node:fs')
  path: typeof import('node:path')
  sqlite: typeof import('node:sqlite')
}

/** @throws ConfigurationError where the run time has no SQLite of its own */
export function nodeModules(name = 'sqliteOutbox'): NodeModules {
  // Asked for, not imported: where it is missing an import would fail with no word of what to do.
  const ask = globalThis.process?.getBuiltinModule?.bind(process)
  const [fs, path, sqlite] = [ask?.('node:fs'), ask?.('node:path'), ask && withoutWarning(() => ask('node:sqlite'))]
  if (fs && path && sqlite) return { fs, path, sqlite }
  throw new ConfigurationError(
    `${name} needs node:sqlite, which Node has from 22.13, Deno from 2.2 and Bun in its newer versions. Use one of them, or leave outbox out to keep events in memory.`,
  )
}

/** Some versions of Node warn that SQLite is experimental. We have tried it on each of them. */
function withoutWarning<T>(load: () => T): T {
  // oxlint-disable-next-line typescript/unbound-method -- put back, and called on the process
  const { emitWarning } = process
  process.emitWarning = (...given: unknown[]) => {
    if (!String(given[0]).startsWith('SQLite is an experimental feature')) Reflect.apply(emitWarning, process, given)
  }
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}
