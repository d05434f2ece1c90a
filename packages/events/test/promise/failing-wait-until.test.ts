import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TrackerOptions } from '../../src/index.ts'
import { rest } from './support/rest.ts'
import { Uncaught } from './support/uncaught.ts'
import { World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const kinds: readonly [string, NonNullable<TrackerOptions['waitUntil']>, string][] = [
  ['rejects', () => Promise.reject(new Error('no context')), 'no context'],
  [
    'throws what cannot be read',
    () => {
      throw Object.create(null)
    },
    'by something that cannot be read',
  ],
]

test.each(kinds)(
  'a waitUntil that %s fails neither the call nor the process, and is told',
  async (_, waitUntil, why) => {
    using uncaught = new Uncaught()
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message), error: () => undefined }
    await expect(world.tracker({ waitUntil, logger }).trackEvent('alice', 'signup')).resolves.toMatchObject({
      status: 200,
    })
    await rest()
    expect(uncaught.heard).toEqual([])
    expect(warnings).toEqual([`waitUntil failed (${why}); give it as (promise) => context.waitUntil(promise).`])
  },
)
