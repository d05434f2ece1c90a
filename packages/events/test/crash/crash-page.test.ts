import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang, ok, serve } from '../support/server.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'surviving-'))
  await mkdir(join(folder, 'node_modules', '@obsidianlaunch'), { recursive: true })
  await symlink(home, join(folder, 'node_modules', '@obsidianlaunch', 'events'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The first program of a page. */
function programOf(place: string): string {
  const program = /^```ts\n(.*?)^```/ms.exec(textOf(place))?.[1]
  if (program === undefined) throw new Error(`The page ${place} has no program`)
  return program
}

function run(baseUrl: string): ChildProcessByStdio<null, Readable, null> {
  const env = { ...process.env, EVENT_TRACKING_AUTH_TOKEN: 'radioactive', EVENT_TRACKING_BASE_URL: baseUrl }
  return spawn(process.execPath, ['program.mts'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
}

test('the program of the page about the outbox is killed when it has stored its event, and delivers it when it runs again', async () => {
  await writeFile(join(folder, 'program.mts'), programOf('guides/outbox'))
  await using silent = await serve(hang)
  const killed = run(silent.url)
  const [said] = await once(killed.stdout, 'data')
  const id = /^stored (\S+)\n/.exec(String(said))?.[1]
  killed.kill('SIGKILL')
  expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL'])

  await using server = await serve(ok)
  const again = run(server.url)
  const [output, [code]] = await Promise.all([text(again.stdout), once(again, 'exit')])
  expect(code).toBe(0)
  expect(output).toContain('accepted: 2')
  expect(output).toContain('delivered: 2')
  expect(server.log()).toEqual(['user123:button_click', 'user123:button_click'])
  expect(server.arrivals[0]?.headers['idempotency-key']).toBe(id)
  expect(server.arrivals[1]?.headers['idempotency-key']).not.toBe(id)
})
