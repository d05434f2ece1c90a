import { createRequire } from 'node:module'

/** The version of this package, which the build writes in place of this. */
export function version(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version
}
