/** The program of the thread: an outbox in a file, which carries out what comes in messages. */
import { parentPort, threadId, workerData } from 'node:worker_threads'
import { soon } from '../../platform/platform.ts'
import type { Claim, LaneOrder, Verdict } from '../outbox.ts'
import { nodeModules } from '../sqlite/node-modules.ts'
import { SqliteOutbox, timeIn } from '../sqlite/sqlite-outbox.ts'
import { dataOf } from './error-data.ts'
import type { Answer, Batch, Call, LentClaim, LentVerdict, ThreadData } from './messages.ts'

const { path, settings } = workerData as ThreadData
const told = { now: undefined as number | undefined }
/** The outbox, made with the first message, which says whether there is a clock. */
let outbox: SqliteOutbox | undefined
/** The newest claim of each customer: only that one may still hold. */
const lent = new Map<string, { readonly lease: number; readonly claim: Claim }>()
/** Each thread has numbers of its own: a claim of one that died is none of the next one's. */
let leases = threadId * 2 ** 32
let answers: Answer[] = []

function open(): SqliteOutbox {
  return new SqliteOutbox(nodeModules(), path, settings, timeIn(told.now === undefined ? undefined : toldClock))
}

const toldClock = { now: () => told.now ?? 0 }

function carryOut({ method, given }: Call): unknown {
  outbox ??= open()
  if (method === 'claim') return claim(outbox, ...(given as [number, number, LaneOrder]))
  if (method === 'settle') return settle(outbox, ...(given as [readonly LentVerdict[]]))
  return Reflect.apply(outbox[method], outbox, given)
}

async function claim(from: SqliteOutbox, max: number, leaseMs: number, first: LaneOrder): Promise<LentClaim[]> {
  const claims = await from.claim(max, leaseMs, first)
  return claims.map((each) => {
    const { entry, attempts, refusals, storedForMs } = each
    const lease = ++leases
    lent.set(entry.customerId, { lease, claim: each })
    return { entry, attempts, refusals, storedForMs, lease }
  })
}

/** A claim that is not the newest one of its customer no longer holds. */
async function settle(to: SqliteOutbox, verdicts: readonly LentVerdict[]): Promise<boolean[]> {
  const known: [Claim, Verdict][] = []
  const places = verdicts.map(([customerId, lease, verdict]) => {
    const found = lent.get(customerId)
    return found?.lease === lease ? known.push([found.claim, verdict]) - 1 : undefined
  })
  const recorded = await to.settle(known)
  for (const [customerId, lease] of verdicts) if (lent.get(customerId)?.lease === lease) lent.delete(customerId)
  return places.map((place) => place !== undefined && recorded[place] === true)
}

function send(ready: readonly Answer[]): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(ready)
}

/** Answers that come in one turn travel together, in their order. */
function tell(answer: Answer): void {
  if (answers.length === 0) {
    soon(() => {
      send(answers)
      answers = []
    })
  }
  answers.push(answer)
}

async function take(call: Call): Promise<void> {
  const { number } = call
  try {
    tell({ number, answer: await carryOut(call) })
  } catch (thrown) {
    tell({ number, error: dataOf(thrown) })
  }
}

parentPort?.on('message', ({ calls, now }: Batch) => {
  told.now = now
  for (const call of calls) void take(call)
})
// The first word: the thread has started.
send([])
