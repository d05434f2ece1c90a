/** Uses an outbox on a disk that fails: `node writer.ts <directory> <seed> <small | large> [first number] [copy]` */
import type { OutboxEntry } from '../../src/event/event.ts'
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { Random } from '../crash/random.ts'
import { Recorder } from '../crash/record.ts'

const [directory = '', seed = '0', size, first = '0', copy] = process.argv.slice(2)
const random = new Random(Number(seed))
const record = new Recorder(`${directory}/record`)
const outbox = sqliteOutbox(`${directory}/events.db`)
const isLarge = size === 'large'
const rounds = isLarge ? 90 : 16
let next = Number(first)
const ended = new AbortController()

/** A call that may be asked for again where it fails in passing, as a tracker does. */
async function ask<T>(call: () => PromiseLike<T> | T): Promise<T | undefined> {
  for (let attempt = 0; attempt < 4 && !ended.signal.aborted; attempt++) {
    try {
      return await call()
    } catch (error) {
      const { retryable, problem } = error as { retryable?: boolean; problem?: string }
      if (problem === undefined) throw error
      if (retryable !== true) ended.abort()
    }
  }
  return undefined
}

function entries(): OutboxEntry[] {
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

/** Drops the locks of this process, as it happens in a program that backs itself up; then another one owns the outbox. */
function copyAll(): void {
  cpSync(directory, `${directory}-copy`, { recursive: true })
  execFileSync(process.execPath, [process.argv[1] ?? '', directory, `${seed}1`, 'small', '1000000'])
}

for (let round = 0; round < rounds && !ended.signal.aborted; round++) {
  const calls = Array.from({ length: isLarge ? 12 : 2 }, append)
  if (round % 3 > 0) calls.push(deliver())
  await Promise.all(calls)
  if (!isLarge && round % 6 === 5) await erase()
  if (copy !== undefined && round === 3 + (Number(seed) % 8)) copyAll()
}
if (random.below(2) === 0) await outbox.close()
// Otherwise it ends as it stands: nothing must depend on an orderly end.
process.exit(0)
