/** Uses an outbox on a disk that fails: `node writer.ts <directory> <seed> <small | large>` */
import type { Entry } from '../../src/event.ts'
import { sqliteOutbox } from '../../src/sqlite.ts'
import { Random } from '../crash/random.ts'
import { Recorder } from '../crash/record.ts'

const [directory = '', seed = '0', size] = process.argv.slice(2)
const random = new Random(Number(seed))
const record = new Recorder(`${directory}/record`)
const outbox = sqliteOutbox(`${directory}/events.db`)
const isLarge = size === 'large'
const rounds = isLarge ? 90 : 16
let next = 0
let hasEnded = false

/** A call that may be asked for again where it fails in passing, as a tracker does. */
async function ask<T>(call: () => PromiseLike<T> | T): Promise<T | undefined> {
  for (let attempt = 0; attempt < 4 && !hasEnded; attempt++) {
    try {
      return await call()
    } catch (error) {
      const { retryable, problem } = error as { retryable?: boolean; problem?: string }
      if (problem === undefined) throw error
      hasEnded ||= retryable !== true
    }
  }
  return undefined
}

function entries(): Entry[] {
  return Array.from({ length: 1 + random.below(3) }, () => {
    const id = String(next++)
    const body = JSON.stringify({ event: id, filler: 'x'.repeat(isLarge ? 9_000 : random.below(3) * 900) })
    const hasMintedId = random.below(2) === 0
    return { id, customerId: `c${random.below(5)}`, operation: 'trackEvent', body, acceptedAt: next, hasMintedId }
  })
}

async function append(): Promise<void> {
  const added = entries()
  const fates = await ask(() => outbox.append(added))
  if (fates) record.write('stored', added)
}

async function deliver(): Promise<void> {
  const claims = (await ask(() => outbox.claim(3, 60_000, 'oldest'))) ?? []
  record.write(
    'sent',
    claims.map(({ entry }) => entry),
  )
  await ask(() => outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }])))
}

async function erase(): Promise<void> {
  const customerId = `c${random.below(5)}`
  const everything = [{ customerId, id: '0' }]
  record.write('erasing', everything)
  if ((await ask(() => outbox.forget(customerId))) !== undefined) record.write('erased', everything)
}

for (let round = 0; round < rounds && !hasEnded; round++) {
  const calls = Array.from({ length: isLarge ? 12 : 2 }, append)
  if (round % 3 > 0) calls.push(deliver())
  await Promise.all(calls)
  if (!isLarge && round % 6 === 5) await erase()
}
if (random.below(2) === 0) await outbox.close()
// Otherwise it ends as it stands: nothing must depend on an orderly end.
process.exit(0)
