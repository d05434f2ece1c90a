import { join } from 'node:path'
import { serve } from '@obsidianlaunch/testkit/api'
import { succeed } from '@obsidianlaunch/testkit/run'
import { bun, deno, howToInstall } from '@obsidianlaunch/testkit/run-times'
import { expect, test } from 'vitest'

test.for([
  ['Node', process.execPath, []],
  ['Bun', bun, ['run']],
  ['Deno', deno, ['run', '--allow-all']],
] as const)(
  'on %s the span of an attempt is active while its request is made, and in no trace of others, whoever has loaded the modules',
  async ([name, program, args], { skip }) => {
    if (program === undefined) skip(`${name} is not installed: ${howToInstall}`)
    await using api = await serve()
    const env = { EVENT_TRACKING_BASE_URL: api.url, EVENT_TRACKING_AUTH_TOKEN: 'a-token' }
    const file = join(import.meta.dirname, 'programs', 'smallest.js')
    expect(JSON.parse(await succeed(program ?? '', [...args, file], { env }))).toEqual({
      name: 'POST /events/test',
      status: 200,
      isLinked: true,
      hasParent: false,
      wasActive: true,
    })
  },
)
