import { Verdict } from '../judge/verdict.ts'
import type { Engine } from '../machine/engine.ts'
import type { Result } from '../run.ts'
import { minute, second } from '../script/script.ts'
import type { Machine } from './machine.ts'
import type { SeveralOp, SeveralScript } from './script.ts'
import type { StorageFault } from '../../support/shared-storage.ts'
import { SeveralWorld } from './world.ts'

/** Runs a script of several machines from its beginning to its end, or to the first promise that is broken. */
export async function runSeveral(
  engine: Engine,
  script: SeveralScript,
  trace?: (line: string) => void,
  fault?: StorageFault,
): Promise<Result> {
  const verdict = new Verdict(trace)
  const world = new SeveralWorld(engine, script, verdict, fault)
  const failed = (thrown: unknown): void =>
    verdict.broken('nothing rejects in a place that nobody catches', String(thrown))
  process.on('unhandledRejection', failed)
  let steps = 0
  try {
    for (const op of script.ops) {
      steps++
      verdict.note(JSON.stringify(op))
      if (!isOfStill(world, op)) act(world, op)
      await world.clock.pass(op.do === 'pass' ? op.ms : 0)
      world.judgeRest()
      if (verdict.finding !== undefined) break
    }
    if (verdict.finding === undefined) await finish(world)
  } finally {
    for (const machine of world.machines) machine.isDead = true
    world.remove()
    process.off('unhandledRejection', failed)
  }
  return { finding: verdict.finding, steps, ms: world.clock.now, fingerprint: verdict.fingerprint }
}

/** Tells whether a machine would have to do something while it stands still: then nothing is done. */
function isOfStill(world: SeveralWorld, op: SeveralOp): boolean {
  const isUse = 'machine' in op && op.do !== 'die' && op.do !== 'trouble'
  return isUse && world.at(op.machine).stillUntil > world.clock.now
}

function act(world: SeveralWorld, op: SeveralOp): void {
  switch (op.do) {
    case 'call':
      return world.call(world.at(op.machine), `customer ${op.customer}`, op.hasId, op.budgetMs)
    case 'burst':
      for (let call = 0; call < op.calls; call++) {
        world.call(world.at(op.machine), `customer ${call % op.customers}`, false)
      }
      return
    case 'start':
      return world.start(world.at(op.machine))
    case 'flush':
      return world.flush(world.at(op.machine))
    case 'shutdown':
      return world.shutdown(world.at(op.machine), op.timeoutMs)
    case 'die':
      return world.die(world.at(op.machine))
    case 'still':
      world.at(op.machine).stillUntil = world.clock.now + op.ms
      return
    case 'forget':
      return world.forget(world.at(op.machine), `customer ${op.customer}`)
    case 'replay':
      return world.replay(world.at(op.machine), op.most)
    case 'trouble':
      void world.outboxes.get(world.at(op.machine))?.troubles.push({ ...op.trouble })
      return
    case 'pass':
      return
    default:
      return change(world, op)
  }
}

/** The API answers in another way. */
function change({ api }: SeveralWorld, op: Extract<SeveralOp, { do: 'weather' | 'reply' | 'waf' }>): void {
  if (op.do === 'weather') api.weather = op.replies
  else if (op.do === 'reply') api.next.push(op.reply)
  else api.waf.set(`customer ${op.customer}`, op.status)
}

/** The end: with all machines well, an API and ways that are sound, and enough time, whatever was promised is kept. */
async function finish(world: SeveralWorld): Promise<void> {
  const { clock, api, storage, verdict, script } = world
  api.heal()
  for (const { troubles } of world.outboxes.values()) troubles.length = 0
  // Those that stood still, or were closing, have gone on by then; and whatever was lost on its way is given up.
  await clock.pass(11 * minute)
  const machines = script.settings.clocks.map((_, place) => world.at(place))
  for (const machine of machines) world.start(machine)
  const isDone = () =>
    storage.plain.pending.length === 0 && machines.every(({ tracker }) => tracker.stats().pending === 0)
  for (let passed = 0; passed < 30 && (passed < 8 || !isDone()); passed++) await clock.pass(minute)
  judgeEnd(world, machines)
  for (const machine of machines) world.shutdown(machine)
  await clock.pass(10 * second)
  for (const { hasClosed, name } of machines) {
    verdict.expect(hasClosed, 'a machine with nothing pending shuts down', () => name)
  }
}

function judgeEnd(
  { ledger, storage, verdict, script, open, outboxes }: SeveralWorld,
  machines: readonly Machine[],
): void {
  const expect = (isKept: boolean, promise: string, details: string) => verdict.expect(isKept, promise, () => details)
  const [left] = storage.plain.pending
  expect(left === undefined, 'whatever is due and lent to nobody is found', String(left?.entry.body))
  const dead = new Set(storage.plain.letters.map(({ entry }) => `${entry.customerId}\n${entry.id}`))
  for (const event of ledger.all) {
    const isThere = event.taken > 0 || event.mayBeErased || dead.has(`${event.customer}\n${event.delivery.id}`)
    const isPromised = event.storedAt < Infinity || event.isSaidToBeKept
    expect(!isPromised || isThere, 'what was stored arrives, or is a dead letter', event.label)
    if (script.isCalm) expect(event.arrivals === 1, 'where nothing goes wrong each event arrives once', event.label)
  }
  for (const machine of machines) {
    // One that was shutting down hears nothing more once it has closed.
    if (machine.hasClosed) continue
    const { pending } = machine.tracker.stats()
    const { unheard = 0 } = outboxes.get(machine) ?? {}
    expect(pending <= unheard, 'each machine hears how its own have ended', `${pending} pending on ${machine.name}`)
  }
  for (const [what, machine] of open) expect(machine.isDead, 'every promise settles in the end', what)
}
