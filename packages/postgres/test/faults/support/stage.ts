import type { ScriptedServer } from '@obsidianlaunch/testkit/api'
import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startApi } from './site.ts'

/** A server and an API for all tests of a file. */
export interface Stage {
  readonly server: PostgresServer
  readonly api: ScriptedServer
}

/** Starts them before the first test of a file. Where something is `missing`, each is skipped with that as the reason. */
export function useStage(settings: Record<string, string> = {}, missing = missingServer()): Stage {
  const stage = {} as { server: PostgresServer; api: ScriptedServer }
  beforeAll(async () => {
    if (missing !== undefined) return
    stage.server = await PostgresServer.start({ settings: { fsync: 'off', ...settings } })
    stage.api = await startApi()
  })
  afterAll(async () => {
    await stage.api?.[Symbol.asyncDispose]()
    await stage.server?.[Symbol.asyncDispose]()
  })
  beforeEach(({ skip }) => skip(missing !== undefined, missing))
  return stage
}
