import { DatabaseSync } from 'node:sqlite'
import type { Engine } from './machine/engine.ts'
import { finish } from './finale.ts'
import { type Op, type Script, second, type TokenWay } from './script/script.ts'
import { type Finding, Verdict } from './judge/verdict.ts'
import type { WorldProcess } from './machine/process.ts'
import { World } from './world.ts'

export interface Result {
  readonly finding: Finding | undefined
  /** Steps that were made. */
  readonly steps: number
  /** Simulated time that passed, in milliseconds. */
  readonly ms: number
  readonly fingerprint: number
}

/** Runs a script from its beginning to its end, or to the first promise that is broken. */
export async function run(engine: Engine, script: Script, trace?: (line: string) => void): Promise<Result> {
  const verdict = new Verdict(trace)
  const world = new World(engine, script, verdict)
  const failed = (thrown: unknown): void => {
    // What a process that died was doing is nobody's concern.
    if (world.processes.some(({ isDead }) => isDead)) return
    verdict.broken('nothing rejects in a place that nobody catches', String(thrown))
  }
  process.on('unhandledRejection', failed)
  let steps = 0
  try {
    for (const op of script.ops) {
      steps++
      verdict.note(JSON.stringify(op))
      await step(world, op)
      world.health.look()
      if (verdict.finding !== undefined) break
    }
    if (verdict.finding === undefined) await finish(world)
  } finally {
    world.remove()
    process.off('unhandledRejection', failed)
  }
  return { finding: verdict.finding, steps, ms: world.clock.now, fingerprint: verdict.fingerprint }
}

/** Time passes; or something happens, and the next step follows in the same turn. */
async function step(world: World, op: Op): Promise<void> {
  const { clock, states, waits } = world
  switch (op.do) {
    case 'turns':
      return clock.turns(op.turns)
    case 'pass':
      await clock.pass(op.ms)
      break
    case 'freeze':
      // What is asked in the turns before it is disturbed too.
      await clock.rest()
      waits.disturb(clock.now + op.ms)
      for (const process of world.processes) {
        process.forgotAt += op.ms
        if (clock.timersOf(process).some(({ at }) => at < clock.now + op.ms - second))
          process.thawedAt = clock.now + op.ms
      }
      for (const event of world.ledger.all) event.erasedAt += op.ms
      world.thawsAt = clock.now + op.ms
      world.health.disturb(world.thawsAt)
      await clock.freeze(op.ms)
      break
    case 'wall':
      // One that is given its clock takes a leap for time that has passed.
      if (op.ms > 0 && world.script.settings.hasClock) return
      clock.wallOffMs += op.ms
      world.setAt = clock.now
      world.health.disturb()
      if (world.script.settings.hasClock) waits.setBack(clock.now)
      else waits.disturb(clock.now)
      for (const process of world.processes) {
        process.pace.disturb()
        process.hasUnseen ||= world.script.settings.hasClock
      }
      for (const event of world.ledger.all) {
        event.retryFrom.clear()
        // An id is remembered for a day of that time.
        event.isKnownAsDelivered = false
      }
      return
    default:
      return act(world, op)
  }
  states.judgeRest()
  world.judgeRest()
}

type Act = Exclude<Op, { do: 'turns' | 'pass' | 'freeze' | 'wall' }>

function act(world: World, op: Act): void {
  switch (op.do) {
    case 'weather':
      world.api.weather = op.replies
      return
    case 'reply':
      world.api.next.push(op.reply)
      return
    case 'waf':
      world.api.waf.set(`customer ${op.customer}`, op.status)
      world.health.disturb()
      return
    case 'token':
      return setToken(world, op.what)
    case 'die':
    case 'deploy':
    case 'store':
    case 'statement':
    case 'disk':
    case 'lock':
    case 'checkpoint':
      return trouble(world, op)
    default: {
      const { process } = world
      return world.inside(process, () => use(world, op))
    }
  }
}

type Trouble = Extract<Act, { do: 'die' | 'deploy' | 'store' | 'statement' | 'disk' | 'lock' | 'checkpoint' }>
type Use = Exclude<Act, Trouble | { do: 'weather' | 'reply' | 'waf' | 'token' }>

function use(world: World, op: Use): void {
  const { process, caller, states } = world
  const { tracker } = process
  switch (op.do) {
    case 'call':
      return caller.make(process, op)
    case 'burst':
      for (let call = 0; call < op.calls; call++) caller.make(process, { do: 'call', customer: call % op.customers })
      return
    case 'abort':
      return process.controllers[op.which % process.controllers.length]?.abort('enough')
    case 'flush':
      return world.flush(process, op.timeoutMs)
    case 'shutdown':
      return world.shutdown(process, op.timeoutMs)
    case 'start':
      return world.wait(process, 'start', states.boundMs, tracker.start())
    case 'dead':
      return world.wait(process, 'deadLetters', states.boundMs, tracker.deadLetters())
    case 'replay':
      return replay(world, op.most)
    case 'forget':
      return world.forget(process, forgotten(process, op))
    case 'aside':
      process.asides.set(op.place, [...(process.asides.get(op.place) ?? []), op.aside])
      return
    default:
  }
}

function forgotten({ exchanges }: WorldProcess, { customer, isInFlight }: Extract<Op, { do: 'forget' }>): string {
  const [open] = isInFlight ? exchanges : []
  return open?.customer ?? `customer ${customer}`
}

/** The dead letters that are there now, or some of them. */
function replay(world: World, most: number): void {
  const { process, states } = world
  world.wait(process, 'deadLetters', states.boundMs, process.tracker.deadLetters({ limit: most }), (letters) => {
    if (letters === undefined || letters.length === 0) return
    const events = letters.flatMap(({ entry }) => world.ledger.named(entry.customerId, entry.id))
    for (const event of events) event.isReplayed = true
    const { replaying } = world.ledger
    replaying.set(process, [...(replaying.get(process) ?? []), ...events])
    const ids = letters.map(({ id }) => id)
    world.inside(process, () => world.wait(process, 'replay', states.boundMs, process.tracker.replay(ids)))
  })
}

function setToken({ tokens, api, script }: World, what: TokenWay): void {
  const isNew = what === 'rotates' || what === 'revoked'
  tokens.way = isNew ? 'same' : what
  if (!isNew || script.settings.hasToken === 'text') return
  const rotate = (): void => {
    tokens.rotate()
    api.token = tokens.current
  }
  if (what === 'rotates') rotate()
  else api.atNext = rotate
}

function trouble(world: World, op: Trouble): void {
  const { last } = world
  // Without an outbox there is nothing else to go wrong.
  if (last === undefined || (last.path === undefined && op.do !== 'die')) return
  const { sqlFaults, store } = last
  switch (op.do) {
    case 'die':
      if (op.death === 'now') return world.kill(last)
      if ('statement' in op.death) sqlFaults.diesAt = sqlFaults.statements + op.death.statement
      else store.diesIn = { call: store.calls + op.death.storeCall, isAfter: op.death.isAfter }
      return
    case 'deploy':
      world.launch()
      return world.inside(last, () => world.shutdown(last, op.timeoutMs))
    case 'store':
      return store.add(op.fault)
    case 'statement': {
      const from = sqlFaults.statements + op.after
      sqlFaults.failing = { from, to: from + op.count, errcode: op.errcode }
      return
    }
    case 'disk':
      sqlFaults.isDiskFull = op.isFull
      return
    case 'lock':
    case 'checkpoint':
      return holdFile(world, op.do === 'lock' ? op.ms : undefined)
    default:
  }
}

/** Another program holds the file for a while, or moves its log into it. */
function holdFile(world: World, ms: number | undefined): void {
  const { clock, files } = world
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(files.path)
    db.exec('PRAGMA busy_timeout = 0')
    db.exec(ms === undefined ? 'PRAGMA wal_checkpoint' : 'BEGIN IMMEDIATE')
  } catch {
    // There is no file yet, or somebody else holds it.
    db?.close()
    return
  }
  if (ms === undefined) return db.close()
  world.lockedUntil = clock.now + ms + 10 * second
  const release = (): void => {
    if (world.locks.delete(release)) db.close()
  }
  world.locks.add(release)
  clock.later(release, ms)
}
