import { writeFileSync } from 'node:fs'
import { startMock } from '@obsidianlaunch/events-mock'
import { expect, test } from 'vitest'
import { examplesIn, Workplace } from './command-line.ts'
import { dead, fill, open } from './outbox/files.ts'

/** Prepares what the examples need: a token, an outbox with four dead letters, and the mock for the API. */
async function prepare(baseUrl: string): Promise<Workplace> {
  const place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: baseUrl })
  writeFileSync(place.path('.env'), 'EVENT_TRACKING_ENVIRONMENT=test\n')
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['user123:1', 'user123:2', 'user123:3', 'user123:4', 'ada:1'])
  for (let died = 0; died < 4; died++) await dead(outbox, 'user123')
  return place
}

test.each(['help', 'doctor', 'outbox', 'outbox list', 'outbox dead', 'outbox replay', 'outbox forget'])(
  'every example in the help of %s works as it stands',
  async (command) => {
    await using mock = await startMock()
    using help = new Workplace()
    const examples = examplesIn((await help.run(`obsidian-events ${command} --help`)).stdout)
    expect(examples.length).toBeGreaterThan(1)
    for (const example of examples) {
      using place = await prepare(mock.url)
      const { code, stdout, stderr } = await place.run(example)
      // The one that asks has no terminal to ask in here.
      const expected = example === 'obsidian-events outbox forget events.db user123' ? 2 : 0
      expect({ example, code, stderr, stdout }).toMatchObject({ code: expected })
    }
  },
)
