import { Listeners } from './listeners.ts'
import { fits, isSame, type Target, type FaultFilter, checkFilter } from './fault-filter.ts'
import {
  type DelayFault,
  type Fault,
  type FaultName,
  type FaultScript,
  type RefuseFault,
  type StatusFault,
  type WireFault,
  describeFault,
  faultOf,
  faultsOf,
} from './fault.ts'

/** Fault that has not yet struck all its requests. */
export interface ActiveFault {
  readonly id: number
  readonly fault: Fault
  readonly filter: FaultFilter
  /** Number of requests that it still strikes, or lets through; Infinity for no end. */
  readonly left: number
}

/** Fault that strikes one request. */
export interface Strike {
  fault: StatusFault | DelayFault | WireFault
  /** The fault in words. */
  text: string
}

interface Entry extends ActiveFault {
  left: number
}
interface Script {
  filter: FaultFilter
  entries: Entry[]
}

export interface FaultScriptsOptions {
  /** Gives a number from 0 up to 1, for faults that strike a share of the requests. */
  random: () => number
  /** The operation ids of the OpenAPI document. */
  operations: () => readonly string[]
  /** True if a script may refuse connections, which strikes all who share the server. */
  mayRefuse: boolean
}

/** Fault scripts that are being played: one for all requests, and one for each filter. */
export class FaultScripts {
  readonly #options: FaultScriptsOptions
  readonly #listeners = new Listeners<void>()
  /** The latest last. */
  #scripts: Script[] = []
  #nextId = 1
  #refusal: { entry: Entry; timer: NodeJS.Timeout | undefined } | undefined

  constructor(options: FaultScriptsOptions) {
    this.#options = options
  }

  /** Faults that have not yet struck all their requests, in the order in which they play. */
  get active(): readonly ActiveFault[] {
    return this.#scripts.toReversed().flatMap(({ entries }) => entries.map((entry) => ({ ...entry })))
  }

  /** True while connections are refused. */
  get isRefusing(): boolean {
    return this.#refusal !== undefined
  }

  /** Replaces what is left of the script for the same requests. */
  play(script: FaultScript, filter: FaultFilter = {}): void {
    const checked = checkFilter(filter, this.#options.operations())
    const entries = faultsOf(script).map((fault) => this.#entryOf(fault, checked))
    this.#scripts = this.#scripts.filter((other) => !isSame(other.filter, checked))
    if (entries.length > 0) this.#scripts.push({ filter: checked, entries })
    this.#changed()
  }

  /** Puts one more at the end of the script for the same requests. */
  add(fault: Fault | FaultName, filter: FaultFilter = {}): ActiveFault {
    const checked = checkFilter(filter, this.#options.operations())
    const entry = this.#entryOf(faultOf(fault), checked)
    const script = this.#scripts.find((other) => isSame(other.filter, checked))
    if (script === undefined) this.#scripts.push({ filter: checked, entries: [entry] })
    else script.entries.push(entry)
    this.#changed()
    return { ...entry }
  }

  /** Takes one out; false where there is none of that id (any more). */
  remove(id: number): boolean {
    const script = this.#scripts.find(({ entries }) => entries.some((entry) => entry.id === id))
    if (script === undefined) return false
    script.entries = script.entries.filter((entry) => entry.id !== id)
    this.#changed()
    return true
  }

  clear(): void {
    this.#scripts = []
    this.#changed()
  }

  /**
   * Takes the fault for a request: 'nothing' if a script spares it, undefined if no script is for it. The latest script
   * that fits decides.
   */
  take(target: Target): Strike | 'nothing' | undefined {
    const entry = this.#scripts.findLast(({ filter }) => fits(filter, target))?.entries[0]
    if (entry === undefined) return undefined
    const { fault } = entry
    // It strikes connections: a request on one that was open before goes through, and does not end it.
    if (isRefusal(fault)) return 'nothing'
    if ('rate' in fault && this.#options.random() >= (fault.rate ?? 1)) return 'nothing'
    entry.left -= 1
    this.#changed()
    return 'pass' in fault ? 'nothing' : { fault, text: describeFault(fault) }
  }

  /** Calls the listener after each change of what is active; returns what ends that. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  #entryOf(fault: Fault, filter: FaultFilter): Entry {
    if (isRefusal(fault) && (!this.#options.mayRefuse || Object.keys(filter).length > 0)) {
      throw new TypeError("'refuse' is for all requests to the mock: a connection does not tell what it is for")
    }
    const left = 'pass' in fault ? fault.pass : 'times' in fault ? (fault.times ?? 1) : 1
    return { id: this.#nextId++, fault, filter, left }
  }

  #changed(): void {
    for (const script of this.#scripts) script.entries = script.entries.filter(({ left }) => left > 0)
    this.#scripts = this.#scripts.filter(({ entries }) => entries.length > 0)
    this.#refuse()
    this.#listeners.tell()
  }

  /** A refusal begins when it is first in line, and ends by the clock, since no request arrives to end it. */
  #refuse(): void {
    const entry = this.#scripts.find(({ filter }) => Object.keys(filter).length === 0)?.entries[0]
    if (entry === this.#refusal?.entry) return
    clearTimeout(this.#refusal?.timer)
    this.#refusal = undefined
    if (entry === undefined || !isRefusal(entry.fault)) return
    const { forMs = 1000 } = entry.fault
    const timer = forMs === Infinity ? undefined : setTimeout(() => this.remove(entry.id), forMs)
    this.#refusal = { entry, timer }
  }
}

/** Fault on the wire, if the strike is one. */
export function wireFaultOf({ fault }: Strike): WireFault['fault'] | undefined {
  return 'fault' in fault ? fault.fault : undefined
}

function isRefusal(fault: Fault): fault is RefuseFault {
  return 'fault' in fault && fault.fault === 'refuse'
}
