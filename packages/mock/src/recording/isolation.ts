import { createHash, randomBytes } from 'node:crypto'
import type { Target } from '../faults/fault-filter.ts'
import type { FaultScripts, Strike } from '../faults/fault-scripts.ts'
import type { AnyExchange } from './exchange.ts'
import { type Headers, withPlainScheme } from './headers.ts'
import type { Recorder } from './recorder.ts'

/** Recording and faults of the whole mock, or of a part of it that only some requests reach. */
export interface Scope {
  recorder: Recorder
  faults: FaultScripts
}

/** The headers by which a request is known to belong to a part. */
export type Mark = Readonly<Headers>

interface Part extends Scope {
  isFor: (headers: Headers) => boolean
}

/** The whole and its parts, so that tests which run at the same time can share one server. */
export class Scopes {
  readonly whole: Scope
  readonly #parts = new Set<Part>()
  #seq = 0

  constructor(whole: Scope) {
    this.whole = whole
  }

  /** Adds a part; returns what takes it out again. */
  open(scope: Scope, mark: Mark): () => void {
    const part = { ...scope, isFor: matcher(mark) }
    this.#parts.add(part)
    return () => void this.#parts.delete(part)
  }

  /** The part that a request belongs to; the latest one where several fit. */
  partOf(headers: Headers): Scope | undefined {
    return [...this.#parts].findLast((part) => part.isFor(headers))
  }

  nextSeq(): number {
    return (this.#seq += 1)
  }

  take(part: Scope | undefined, target: Target): Strike | undefined {
    const taken = part?.faults.take(target) ?? this.whole.faults.take(target)
    return taken === 'nothing' ? undefined : taken
  }

  record(part: Scope | undefined, exchange: AnyExchange): void {
    part?.recorder.add(exchange)
    this.whole.recorder.add(exchange)
  }
}

const salt = randomBytes(16)

/** Makes the test that requests of a part pass. It keeps hashes only, since the mark may hold a token. */
function matcher(mark: Mark): (headers: Headers) => boolean {
  const wanted = Object.entries(mark).map(([name, value]) => [name.toLowerCase(), hashOf(value)] as const)
  return (headers) => wanted.every(([name, hash]) => name in headers && hashOf(headers[name] ?? '') === hash)
}

function hashOf(value: string): string {
  return createHash('sha256').update(salt).update(withPlainScheme(value)).digest('base64')
}
