import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SignJWT } from 'jose'

export interface IdentitiesOptions {
  /** The secret that this server and the relay share. */
  secret: string
  /** The name of the relay, as its option `identity.audience` has it. */
  audience: string
  /** Time for which an identity is valid. */
  seconds: number
}

/**
 * The part of a web app's server that serves the relay: it signs who has signed in, for that session and for no other.
 *
 * | request                   | answer                                                      |
 * |---------------------------|-------------------------------------------------------------|
 * | POST /sign-in?customer=…  | a session                                                   |
 * | GET /identity?customer=…  | the signed identity, if that is the customer of the session |
 */
export class Identities {
  readonly options: IdentitiesOptions
  /** Number of identities that were signed. */
  signed = 0
  /** The customer of each session. */
  readonly #sessions = new Map<string, string>()

  constructor(options: IdentitiesOptions) {
    this.options = options
  }

  /** Answers a request. @returns false where it is none for this class */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const customerId = searchParams.get('customer') ?? ''
    if (request.method === 'POST' && pathname === '/sign-in') this.#signIn(customerId, response)
    else if (request.method === 'GET' && pathname === '/identity') void this.#identify(customerId, request, response)
    else return false
    return true
  }

  /** A real site asks for a password first. */
  #signIn(customerId: string, response: ServerResponse): void {
    const session = randomBytes(16).toString('hex')
    this.#sessions.set(session, customerId)
    response.writeHead(204, { 'set-cookie': `session=${session}; HttpOnly; SameSite=Strict; Path=/` }).end()
  }

  async #identify(customerId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, session = ''] = /(?:^|; )session=(\w+)/.exec(request.headers.cookie ?? '') ?? []
    if (this.#sessions.get(session) !== customerId) return void response.writeHead(403).end()
    const { secret, audience, seconds } = this.options
    this.signed++
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(customerId)
      .setAudience(audience)
      .setExpirationTime(`${seconds} seconds`)
      .sign(new TextEncoder().encode(secret))
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ token, seconds }))
  }
}
