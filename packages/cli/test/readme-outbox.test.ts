import { writeFileSync } from 'node:fs'
import { startMock } from '@obsidianlaunch/events-mock'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { expect, test } from 'vitest'
import { commandsOf, Workplace } from './command-line.ts'
import { database } from './outbox/databases.ts'
import { dead, fill, open } from './outbox/files.ts'

const doctor = commandsOf(textOf('reference/command-line/doctor')).map(({ line }) => line)

const commandsFor = (heading: string) =>
  commandsOf(textOf('reference/command-line/outbox')).flatMap(({ section, line }) =>
    section === heading ? [line] : [],
  )

test.each([...doctor, ...commandsFor('In a file')])(
  'the pages of the doctor and of the outbox are right about: %s',
  async (line) => {
    await using mock = await startMock()
    using place = new Workplace({ EVENT_TRACKING_BASE_URL: mock.url, EVENT_TRACKING_AUTH_TOKEN: 'any' })
    writeFileSync(place.path('.env'), 'EVENT_TRACKING_ENVIRONMENT=test\n')
    {
      await using outbox = open(place.path('events.db'))
      await fill(outbox, ['user123:1', 'user123:2', 'ada:1'])
      for (let died = 0; died < 2; died++) await dead(outbox, 'user123')
    }
    expect(await place.run(line)).toMatchObject({ code: 0, stderr: '' })
  },
)

const missing = missingDatabase()

test('the page is right about each command for a database, one after the other', async ({ skip }) => {
  skip(missing !== undefined, missing)
  const url = await database({ schema: false })
  using place = new Workplace({ DATABASE_URL: url })
  const lines = commandsFor('In a database').map((line) => line.replace(/postgres:\/\/\S+/, `'${url}'`))
  expect(lines).toHaveLength(7)
  {
    await using outbox = open(place.path('events.db'))
    await fill(outbox, ['user123:1', 'ada:1'])
  }
  // A server of tests may ask for a password, which a command line is warned of.
  for (const line of lines) expect({ line, ...(await place.run(line)) }).toMatchObject({ code: 0 })
})

test('there are examples of each command', () => {
  const mock = commandsOf(textOf('reference/command-line')).filter(({ section }) => section === 'Mock')
  expect([doctor.length, commandsFor('In a file').length, mock.length]).toEqual([4, 5, 1])
})
