import type { EventTracker, TrackerOptions } from '../../../src/index.ts'
import { type Asking, askings, type Manner, mannersOf, type Phase, phases } from './phases.ts'
import { HandedOut } from './rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from './world.ts'

/** A kind of tracker in the table. */
export interface Kind {
  readonly name: string
  readonly options: (world: World) => TrackerOptions
}

export interface Row {
  readonly asking: Asking
  readonly phase: Phase
  readonly manner: Manner
}

export const rows: readonly Row[] = phases.flatMap((phase) =>
  askings.flatMap((asking) => mannersOf(asking).map((manner) => ({ asking, phase, manner }))),
)

const fewManners = new Set(['once', 'once with a deadline', 'twice, then with a deadline'])

/** As many as it takes to meet every phase with and without a deadline. */
export const fewRows: readonly Row[] = rows.filter(({ manner }) => fewManners.has(manner.name))

/** By then everything that was asked for is over, whatever it was. */
const wholeMs = 4 * maxDeliveryMs + 12 * attemptTimeoutMs

interface Asked {
  readonly dueInMs: number
  readonly handedOut: HandedOut
}

/**
 * Asks as the row says, and lets time pass.
 *
 * @returns what is open though it should have settled
 * @throws where the counts did not add up at some moment
 */
export async function problemsOf(row: Row, { options }: Kind): Promise<string[]> {
  await using world = new World()
  const problems: string[] = []
  const given = options(world)
  const tracker = world.tracker(given)
  await row.phase.enter(tracker, world)
  const all = ask(row, tracker, given.outbox?.durable ?? false)
  let passed = 0
  for (const { dueInMs, handedOut } of all.toSorted((a, b) => a.dueInMs - b.dueInMs)) {
    await world.pass(dueInMs - passed)
    passed = dueInMs
    problems.push(...handedOut.open.map((what) => `${what} is open after ${dueInMs} ms`))
  }
  // What the phase has handed out is due by the end.
  await world.pass(wholeMs - passed)
  problems.push(...world.handedOut.open.map((what) => `${what} is open after every budget has ended`))
  world.handedOut.add('a shutdown without time', tracker.shutdown({ timeoutMs: 0 }))
  await world.pass(0)
  problems.push(...world.handedOut.open.map((what) => `${what} is open in the end`))
  if (world.clock.holding > 0) problems.push('a timer holds the process in the end')
  return problems
}

/** Of several shutdowns the earliest deadline counts, for all of them. */
function ask({ asking, phase, manner }: Row, tracker: EventTracker, isDurable: boolean): Asked[] {
  const dues = manner.deadlines.map((timeoutMs) => Math.min(phase.endsWithinMs, asking.dueInMs(timeoutMs, isDurable)))
  return manner.deadlines.map((timeoutMs, at) => {
    const handedOut = new HandedOut()
    for (const promise of asking.ask(tracker, timeoutMs)) handedOut.add(asking.name, promise)
    return { dueInMs: asking.name === 'shutdown' ? Math.min(...dues) : (dues[at] ?? 0), handedOut }
  })
}
