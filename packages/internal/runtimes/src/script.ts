/** The answer of the scripted API to one request. */
export interface Answer {
  /** @default 200 */
  status?: number
  headers?: Record<string, string>
  /** @default '{"success":true}' */
  body?: string
  /**
   * A fault: no answer at all; the connection reset before any; the head and then a body without an end; the
   * head and half of the body, then the connection is gone.
   */
  fault?: 'hang' | 'reset' | 'endless' | 'cut'
  /** Time that it takes, in milliseconds. @default 0 */
  afterMs?: number
  /** True if it comes only once another script is played, however busy the machine is. */
  isHeld?: boolean
}

/** The answers to all requests, in turn. */
export interface Script {
  answers: Answer[]
  /** True if the first one comes again after the last. @default false: the last one stays */
  repeat?: boolean
}

/** One request as it arrived. */
export interface Arrival {
  method: string
  path: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** The body's bytes, each as two digits. */
  hex: string
  /** Milliseconds, for differences. */
  atMs: number
  /** Status of the answer; 0 where there was none. */
  status: number
}

/** Requests that the scripted API has seen. */
export interface Log {
  arrivals: Arrival[]
  /** Requests that were open at once, at most. */
  mostOpen: number
}
