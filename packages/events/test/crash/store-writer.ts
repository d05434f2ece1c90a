/** Uses an outbox as hard as it can until it is killed: `node store-writer.ts <file> <record> <first number> <seed>` */
import type { Claim, Verdict } from '../../src/outbox/outbox.ts'
import { outboxOn } from './outbox-under-test.ts'
import { customerOf, filler, ready, writerArguments } from './writer.ts'

const { path, recorder, first, chance } = writerArguments()
const outbox = outboxOn(path)
let next = first
const ending = new AbortController()

async function append(): Promise<void> {
  while (!ending.signal.aborted) {
    const entries = Array.from({ length: 1 + chance.below(4) }, () => {
      const id = String(next++)
      const customerId = customerOf(chance)
      const body = JSON.stringify({ event: id, filler: filler(chance) })
      const hasMintedId = chance.below(2) === 0
      return { id, customerId, operation: 'trackEvent' as const, body, acceptedAt: Date.now(), hasMintedId }
    })
    await outbox.append(entries)
    recorder.write('stored', entries)
  }
}

async function deliver(): Promise<void> {
  while (!ending.signal.aborted) {
    const claims = await outbox.claim(8, 60_000, 'oldest')
    recorder.write(
      'sent',
      claims.map(({ entry }) => entry),
    )
    const verdicts = claims.map((claim) => [claim, verdict()] as const)
    const recorded = await outbox.settle(verdicts)
    const ended = verdicts.filter((_, index) => recorded[index])
    recorder.write('settled', entriesOf(ended, 'delivered'))
    recorder.write('dead', entriesOf(ended, 'dead'))
    if (claims.length === 0) await new Promise((passed) => setTimeout(passed, 1))
  }
}

function verdict(): Verdict {
  const dice = chance.below(20)
  if (dice === 0) return { kind: 'dead', reason: 'refused', attempts: 1, status: 400 }
  if (dice < 3) return { kind: 'retry', afterMs: chance.below(20) }
  return { kind: 'delivered' }
}

function entriesOf(verdicts: readonly (readonly [Claim, Verdict])[], kind: Verdict['kind']) {
  return verdicts.filter(([, verdictOf]) => verdictOf.kind === kind).map(([{ entry }]) => entry)
}

process.on('SIGTERM', () => ending.abort())
ready()
await Promise.all([...Array.from({ length: 16 }, append), deliver(), deliver()])
await outbox.close()
