import { expect, test } from 'vitest'
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
