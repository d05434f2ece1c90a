/** A step on a connection; one follows the other. */
export type Step =
  /** Bytes, as they are. */
  | { send: string | Uint8Array }
  | { waitMs: number }
  /** Character by character. */
  | { trickle: string; everyMs: number }
  /** Over and over, until the other side hangs up. */
  | { flood: string; everyMs?: number }
  /** Nothing more: with a FIN, with a RST, or without a word. */
  | { finish: 'close' | 'reset' | 'silence' }

/** The steps for one request, or for one connection. */
export interface Script {
  /** The part of the request that must have come before it begins. @default 'request' */
  after?: 'connection' | 'head' | 'request'
  steps: Step[]
}

export function head(status: number, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Words\r\n${lines.join('')}\r\n`
}

/** A whole answer, in one piece. */
export function whole(status: number, body = '{"success":true}', headers: Record<string, string> = {}): string {
  return head(status, { 'Content-Length': Buffer.byteLength(body), ...headers }) + body
}

/** A script of a whole answer. */
export function answer(...parts: Parameters<typeof whole>): Script {
  return { steps: [{ send: whole(...parts) }] }
}
