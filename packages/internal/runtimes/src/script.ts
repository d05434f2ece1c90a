/** How the scripted API answers one request. */
export interface Answer {
  /** @default 200 */
  status?: number
  headers?: Record<string, string>
  /** @default '{"success":true}' */
  body?: string
  /**
   * How it misbehaves: no answer at all; the connection reset before any; the head and then a body without an end; the
   * head and half of the body, then the connection is gone.
   */
  fault?: 'hang' | 'reset' | 'endless' | 'cut'
  /** How long it takes, in milliseconds. @default 0 */
  afterMs?: number
}

/** How it answers all of them: in turn. */
export interface Script {
  answers: Answer[]
  /** Whether the first one comes again after the last. @default false: the last one stays */
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
  /** What it was answered; 0 where it was not. */
  status: number
}

/** What the scripted API has seen. */
export interface Log {
  arrivals: Arrival[]
  /** Requests that were open at once, at most. */
  mostOpen: number
}
