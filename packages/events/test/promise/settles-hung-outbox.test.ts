import { describe, expect, test } from 'vitest'
import type { Outbox } from '../../src/index.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { fewRows, type Kind, problemsOf } from './support/table.ts'
import type { World } from './support/world.ts'

const methods = ['append', 'claim', 'settle', 'dueInMs', 'dead', 'replay', 'forget', 'counts', 'close'] as const

/** A durable outbox of somebody else, some of whose answers never come. */
function hung(world: World, ...silent: readonly (typeof methods)[number][]): Outbox {
  const outbox = new PlainOutbox(() => world.clock.now())
  for (const method of silent) answering(outbox, method, () => new Promise(() => undefined))
  return outbox
}

/** A file that another tracker owns, and does not give up. */
function owned(world: World): Outbox {
  void world.durable().start()
  return world.sqlite({ ownerTimeoutMs: 3_600_000 })
}

const kinds: readonly Kind[] = [
  ...methods.map((method): Kind => ({
    name: `with an outbox whose ${method} never answers`,
    options: (world) => ({ outbox: hung(world, method) }),
  })),
  { name: 'with an outbox that never answers', options: (world) => ({ outbox: hung(world, ...methods) }) },
  { name: 'with a file that another tracker owns', options: (world) => ({ outbox: owned(world) }) },
]

const phases = new Set(['before start', 'in flight', 'closing', 'closing with a deadline', 'closed in flight'])
const chosen = fewRows.filter(({ phase }) => phases.has(phase.name))

for (const kind of kinds) {
  describe(`${kind.name} every promise settles by its deadline:`, () => {
    for (const row of chosen) {
      test(`${row.asking.name}, ${row.manner.name}, ${row.phase.name}`, async () => {
        expect((await problemsOf(row, kind)).join('; ')).toBe('')
      })
    }
  })
}
