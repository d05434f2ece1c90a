import type { EventTracker } from '../../../src/index.ts'
import { busy, hang, ok, refuse } from './api.ts'
import { attemptTimeoutMs, maxDeliveryMs, type World } from './world.ts'

/** Deadline of a shutdown that has one. */
export const closingMs = 20_000
/** The deadline of a call that takes one. */
export const shortMs = 200
/** A budget before the first attempt, one from it on, and an attempt of each that stands in the same lane. */
const wholeDeliveryMs = 2 * maxDeliveryMs + 6 * attemptTimeoutMs

/** A phase in which a tracker is asked for a promise. */
export interface Phase {
  readonly name: string
  /** Brings a new tracker there. It waits for nothing that may never come. */
  readonly enter: (tracker: EventTracker, world: World) => Promise<void>
  /** Everything settles within this; 0 where it does at once. */
  readonly endsWithinMs: number
}

function track(tracker: EventTracker, world: World, customer: string, event = 'before'): void {
  world.handedOut.add('an earlier delivery', tracker.trackEvent(customer, event).settled())
}

function close(tracker: EventTracker, world: World, timeoutMs?: number): void {
  world.handedOut.add('an earlier shutdown', tracker.shutdown(timeoutMs === undefined ? {} : { timeoutMs }))
}

/** With an attempt on its way that is never answered. */
async function fly(tracker: EventTracker, world: World): Promise<void> {
  world.api.way = hang
  track(tracker, world, 'alice')
  await world.pass(0)
}

async function idle(tracker: EventTracker, world: World): Promise<void> {
  world.handedOut.add('an earlier start', tracker.start())
  track(tracker, world, 'alice')
  await world.pass(0)
}

const open: readonly Phase[] = [
  { name: 'before start', enter: async () => undefined, endsWithinMs: Infinity },
  {
    name: 'before start of a server that hangs',
    enter: async (_tracker, { api }) => {
      api.way = hang
    },
    endsWithinMs: Infinity,
  },
  { name: 'idle', enter: idle, endsWithinMs: Infinity },
  {
    name: 'idle before a server that hangs',
    enter: async (tracker, world) => {
      await idle(tracker, world)
      world.api.way = hang
    },
    endsWithinMs: Infinity,
  },
  { name: 'in flight', enter: fly, endsWithinMs: Infinity },
  {
    name: 'gate closed',
    enter: async (tracker, world) => {
      world.api.way = busy
      track(tracker, world, 'alice')
      await world.pass(0)
    },
    endsWithinMs: Infinity,
  },
  {
    name: 'refused',
    enter: async (tracker, world) => {
      world.api.way = refuse
      for (const customer of ['alice', 'bob', 'carol', 'dave']) track(tracker, world, customer)
      await world.pass(0)
    },
    endsWithinMs: Infinity,
  },
]

const closing: readonly Phase[] = [
  {
    name: 'closing',
    enter: async (tracker, world) => {
      await fly(tracker, world)
      close(tracker, world)
      await world.pass(0)
    },
    endsWithinMs: Infinity,
  },
  {
    name: 'closing with a deadline',
    enter: async (tracker, world) => {
      await fly(tracker, world)
      close(tracker, world, closingMs)
      await world.pass(0)
    },
    endsWithinMs: closingMs,
  },
]

const closed: readonly Phase[] = [
  {
    name: 'closed before start',
    enter: async (tracker, world) => {
      close(tracker, world)
      await world.pass(wholeDeliveryMs)
    },
    endsWithinMs: 0,
  },
  {
    name: 'closed',
    enter: async (tracker, world) => {
      world.api.way = ok
      await idle(tracker, world)
      close(tracker, world)
      await world.pass(wholeDeliveryMs)
    },
    endsWithinMs: 0,
  },
  {
    name: 'closed in flight',
    enter: async (tracker, world) => {
      await fly(tracker, world)
      close(tracker, world, 0)
      await world.pass(0)
    },
    endsWithinMs: 0,
  },
]

export const phases: readonly Phase[] = [...open, ...closing, ...closed]

/** A promise that a tracker can be asked for. */
export interface Asking {
  readonly name: string
  /** @returns the promises that this hands out */
  readonly ask: (tracker: EventTracker, timeoutMs?: number) => PromiseLike<unknown>[]
  readonly takesDeadline: boolean
  /** Time by which each must have settled, from the call on. */
  readonly dueInMs: (timeoutMs: number | undefined, isDurable: boolean) => number
}

const customers = ['alice', 'bob']

function deliveries(tracker: EventTracker, budgetMs?: number) {
  return customers.map((customer) =>
    tracker.trackEvent(customer, 'asked', budgetMs === undefined ? {} : { maxDeliveryMs: budgetMs }),
  )
}

const waiting = (timeoutMs: number | undefined) => (timeoutMs === undefined ? {} : { timeoutMs })
const byDeadline = (timeoutMs: number | undefined) => timeoutMs ?? wholeDeliveryMs
/** A call may have found that a first attempt was on its way. */
const wholeOf = (budgetMs: number | undefined) =>
  budgetMs === undefined ? wholeDeliveryMs : 2 * budgetMs + 6 * attemptTimeoutMs
const byBudget = () => maxDeliveryMs

export const askings: readonly Asking[] = [
  {
    name: 'delivery',
    ask: (tracker, budgetMs) => deliveries(tracker, budgetMs).map((delivery) => delivery.settled()),
    takesDeadline: true,
    dueInMs: wholeOf,
  },
  {
    name: 'stored',
    ask: (tracker, budgetMs) => deliveries(tracker, budgetMs).map(({ stored }) => stored),
    takesDeadline: true,
    dueInMs: (budgetMs, isDurable) => (isDurable ? (budgetMs ?? maxDeliveryMs) : wholeOf(budgetMs)),
  },
  {
    name: 'flush',
    ask: (tracker, ms) => [tracker.flush(waiting(ms))],
    takesDeadline: true,
    dueInMs: byDeadline,
  },
  {
    name: 'shutdown',
    ask: (tracker, ms) => [tracker.shutdown(waiting(ms))],
    takesDeadline: true,
    dueInMs: byDeadline,
  },
  { name: 'start', ask: (tracker) => [tracker.start()], takesDeadline: false, dueInMs: byBudget },
  { name: 'forget', ask: (tracker) => [tracker.forget('alice')], takesDeadline: false, dueInMs: byBudget },
  { name: 'replay', ask: (tracker) => [tracker.replay(['1', 'none'])], takesDeadline: false, dueInMs: byBudget },
  { name: 'deadLetters', ask: (tracker) => [tracker.deadLetters()], takesDeadline: false, dueInMs: byBudget },
  { name: 'waiting', ask: (tracker) => [tracker.waiting()], takesDeadline: false, dueInMs: byBudget },
]

/** A manner of asking: how often, and with which deadlines. */
export interface Manner {
  readonly name: string
  readonly deadlines: readonly (number | undefined)[]
}

export const manners: readonly Manner[] = [
  { name: 'once', deadlines: [undefined] },
  { name: 'twice', deadlines: [undefined, undefined] },
  { name: 'once with a deadline', deadlines: [shortMs] },
  { name: 'twice with a deadline', deadlines: [shortMs, shortMs] },
  { name: 'twice, then with a deadline', deadlines: [undefined, shortMs] },
]

export function mannersOf({ takesDeadline }: Asking): readonly Manner[] {
  return manners.filter(({ deadlines }) => takesDeadline || deadlines.every((each) => each === undefined))
}
