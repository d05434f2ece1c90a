import { expect, test } from 'vitest'
import { isAddress, withSslMode } from '../../src/outbox/address.ts'
import { Shell } from '../../src/terminal/shell.ts'
import { Workplace } from '../command-line.ts'

// An address of which a part of the password would be taken for a port, a path or a query, and be shown.
test.each(['20/secret', '20?secret', '20#secret', '/secret', '2/s@cret'])(
  'a password whose characters are not escaped (%s) is refused, and nowhere shown',
  async (password) => {
    const url = `postgres://events:${password}@127.0.0.1:1/app`
    using place = new Workplace({ DATABASE_URL: url, OBSIDIAN_RELAY_OUTBOX: url, EVENT_TRACKING_AUTH_TOKEN: 'token' })
    for (const line of ['outbox list', `outbox list ${url}`, '--json outbox dead', 'relay --anyone --port 0']) {
      const { code, stdout, stderr } = await place.run(`obsidian-events ${line}`)
      expect([code, stdout + stderr]).toEqual([expect.any(Number), expect.stringMatching(/are written as %40/)])
      expect(code).toBeGreaterThanOrEqual(2)
      expect(stdout + stderr).not.toMatch(/s.?cret|20/)
    }
  },
)

test.each([
  'events.db',
  './data/events.db',
  'C:\\data\\events.db',
  'c:/data/events.db',
  'a@b.db',
  '/var/lib/user@host/events.db',
])('the name of a file is no address: %s', (name) => expect(isAddress(name)).toBe(false))

test('sslmode is named as what pg makes of it, which checks the certificate, so that pg has nothing to warn of', () => {
  expect(withSslMode('postgres://db/app?sslmode=require')).toBe('postgres://db/app?sslmode=verify-full')
  expect(withSslMode('postgres://db/app?a=b&sslmode=verify-ca&c=d')).toBe(
    'postgres://db/app?a=b&sslmode=verify-full&c=d',
  )
  for (const same of [
    'postgres://db/app',
    'postgres://db/app?sslmode=disable',
    'postgres://db/app?sslmode=no-verify',
    'postgres://db/app?sslmode=verify-full',
    'postgres://db/app?sslmode=require&uselibpqcompat=true',
  ]) {
    expect(withSslMode(same)).toBe(same)
  }
})

test('a command line to be pasted has the address without its password, and ends in logs without it', () => {
  const shell = new Shell({ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {} })
  const rest = ['track', '--from', 'e.ndjson']
  for (const given of [
    ['--outbox', 'postgres://u:radioactive@db/app'],
    ['--outbox', 'postgres://u@db/app?password=radioactive'],
    ['--outbox', 'POSTGRES://u:radioactive@db/app'],
  ]) {
    shell.args = [...rest, ...given]
    expect(shell.commandWith(['--resume'])).toBe(
      'obsidian-events track --from e.ndjson --outbox postgres://u@db/app --resume',
    )
  }
  shell.args = [...rest, '--outbox=postgres://u:radioactive@db/app']
  expect(shell.commandWith([])).toBe('obsidian-events track --from e.ndjson --outbox=postgres://u@db/app')
  shell.args = [
    ...rest,
    '--outbox',
    'postgres://u:radioactive@db/app?sslmode=verify-full',
    '--property',
    'a=postgres://x',
  ]
  expect(shell.commandWith([])).toContain("'postgres://u@db/app?sslmode=verify-full' --property a=postgres://x")
})
