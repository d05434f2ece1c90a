import type { WorldEvent } from './judge/ledger.ts'
import type { WorldProcess } from './machine/process.ts'
import { minute, second } from './script/script.ts'
import type { World } from './world.ts'

/** The end of a script: with an API and a store that are sound, and enough time, whatever was promised is kept. */
export async function finish(world: World): Promise<void> {
  const { clock, states, verdict, waits, script } = world
  heal(world)
  await clock.pass(second)
  for (const process of world.living) {
    if (process.isStuck && !process.hasClosed) world.inside(process, () => world.shutdown(process, second))
  }
  await clock.pass(20 * second)
  // One that was shutting down then has ended by now, and what it held is free.
  for (const process of world.living) if (process.hasClosed) world.exit(process)
  const isNeeded = world.last !== undefined || script.settings.isDurable
  if (isNeeded) {
    await passOn(world)
    const { process } = world
    world.inside(process, () => world.wait(process, 'start', states.boundMs, process.tracker.start()))
    await passUntilDone(world, process)
    states.judgeRest()
    if (verdict.finding !== undefined) return
    const { pending } = process.tracker.stats()
    verdict.expect(
      pending <= process.store.unheardDeaths,
      'whatever is due and lent to nobody is found',
      () => `${pending} pending at the end`,
    )
    const dead = await deadLettersOf(world, process)
    judgeDead(world, process, dead)
    await close(world, process)
    states.judgeRest()
    const keys = new Set(dead)
    for (const event of world.ledger.all) judgeKept(world, event, keys)
  }
  for (const process of world.living) {
    const [open] = waits.of(process)
    verdict.expect(
      open === undefined,
      'every promise settles in the end',
      () => `${open?.what} of ${open?.process.name}`,
    )
  }
  for (const content of script.settings.isDurable ? world.files.contents() : []) {
    for (const token of world.tokens.all) verdict.expect(!content.includes(token), 'no token is in a file')
  }
}

/** One that is not enabled delivers nothing, and leaves it to the next one. */
async function passOn(world: World): Promise<void> {
  const { process } = world
  if (process.isEnabled) return
  world.inside(process, () => world.shutdown(process, second))
  await world.clock.pass(20 * second)
}

/** Judges that it counts as dead the dead letters that are there. */
function judgeDead({ living, verdict }: World, process: WorldProcess, dead: readonly string[]): void {
  const isAlone = living.every((other) => other === process || other.hasClosed)
  if (process.path === undefined || !isAlone) return
  const counted = process.tracker.stats().dead
  const details = () => `${counted} counted, ${dead.length} there`
  // A death that its outbox has not confirmed is not heard of, nor how much a call has erased that failed.
  const unheard = dead.length - counted
  const isRight = unheard >= -process.store.unheardErased && unheard <= process.store.unheardDeaths
  verdict.expect(isRight, 'the dead letters that are counted are there', details)
}

function heal(world: World): void {
  const { api, tokens, processes, locks } = world
  for (const release of locks) release()
  api.heal()
  tokens.way = 'same'
  for (const process of processes) {
    process.heal()
    process.asides.clear()
    if (process.hasClosed) world.exit(process)
  }
}

/** Longer than all waits one after the other: of the gate, of a lane, of a lease, of an outbox that has failed. */
async function passUntilDone({ clock, script }: World, process: WorldProcess): Promise<void> {
  const { maxRetryAfterMs, backoff, attemptTimeoutMs, maxDeliveryMs } = script.settings
  const most = 3 * Math.max(maxRetryAfterMs, minute) + 4 * backoff.capMs + 6 * attemptTimeoutMs + 3 * maxDeliveryMs
  for (let passed = 0; passed < most; passed += most / 20) {
    await clock.pass(Math.ceil(most / 20))
    if (process.tracker.stats().pending === 0 && passed > 2 * maxDeliveryMs) return
  }
}

async function deadLettersOf(world: World, process: WorldProcess): Promise<string[]> {
  const dead: string[] = []
  const listed = world.inside(process, () => process.tracker.deadLetters({ limit: 100_000 }))
  world.wait(process, 'deadLetters', world.states.boundMs, listed, (letters) => {
    for (const { entry } of letters ?? []) dead.push(`${entry.customerId}\n${entry.id}`)
  })
  await world.clock.pass(second)
  return dead
}

async function close(world: World, process: WorldProcess): Promise<void> {
  world.inside(process, () => world.shutdown(process))
  await world.clock.pass(10 * second)
  world.verdict.expect(process.hasClosed, 'with nothing pending a shutdown ends')
}

function judgeKept({ verdict, script }: World, event: WorldEvent, dead: ReadonlySet<string>): void {
  if (event.isLoose || event.mayBeErased) return
  // What the outbox removed, as a signal asked it to, is gone, whether or not that was heard.
  const isGone = event.recorded !== undefined || event.mayHaveLeft
  const isKnown = event.taken > 0 || isGone || dead.has(`${event.customer}\n${event.id}`)
  const details = () => `${event.label} of ${event.customer}`
  if (event.isStored) verdict.expect(isKnown, 'nothing that was acknowledged is lost', details)
  if (event.isSaidToBeKept) verdict.expect(isKnown, 'nothing that was said to be kept is lost', details)
  if (script.settings.isDurable || event.process.isDead) return
  // Of a wait that was given up only a hook tells the end.
  if (!event.process.hasHooks && event.calls.some(({ hasSignal }) => hasSignal)) return
  verdict.expect(event.hasEnded, 'every event ends', details)
}
