/** Decides who may see what an operator sees, and change it. */
import { ConfigurationError } from '@obsidianlaunch/events'

export interface GuardOptions {
  /** The token that whoever asks has to bring; undefined where only this machine may ask. */
  readonly token: string | undefined
  /** Names under which the listener may be reached besides this machine's own, such as `relay.internal`. */
  readonly allowedHosts: readonly string[]
}

const shortestToken = 16

/** @throws ConfigurationError for a token that could be guessed, what is no list of hosts, and options that are unknown */
export function checkGuard({ token, allowedHosts }: GuardOptions, unknown: readonly string[]): void {
  if (unknown.length > 0)
    throw new ConfigurationError(
      `createAdmin: unknown option ${unknown.join(', ')}. Known are: token, allowedHosts, sharedOutbox`,
    )
  if (
    token !== undefined &&
    (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || token.length < shortestToken)
  )
    throw new ConfigurationError(
      `createAdmin: token must be at least ${shortestToken} printable characters without spaces`,
    )
  if (!Array.isArray(allowedHosts) || !allowedHosts.every((host) => /^[^\s/]+$/.test(String(host))))
    throw new ConfigurationError("createAdmin: allowedHosts must be a list of names, such as ['relay.internal']")
}

/** Reason for which a request is refused, and the status that says so. */
export interface Refused {
  readonly status: number
  readonly message: string
}

/**
 * Keeps out the pages of others: a name that was rebound to this machine's address, another origin, a frame. What is seen here
 * belongs to customers.
 */
export function refuseStranger(request: Request, { allowedHosts }: GuardOptions): Refused | undefined {
  const { host, hostname } = new URL(request.url)
  const { headers } = request
  if (!isOwnName(hostname) && !allowedHosts.includes(host) && !allowedHosts.includes(hostname)) {
    return forbidden(
      `This is not for the host ${host}: open it by an address of this machine, or name it in allowedHosts.`,
    )
  }
  const origin = headers.get('origin')
  if (origin !== null) return hostOf(origin) === host ? undefined : forbidden(`This is not for pages of ${origin}.`)
  // A link may lead here; a frame, an image or a script of another page may not.
  const site = headers.get('sec-fetch-site')
  const isLink = headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document'
  const isStrange = site === 'cross-site' || site === 'same-site'
  return isStrange && !isLink ? forbidden('This is not for pages of other origins.') : undefined
}

/** Asks for the token, where there is one; where there is none, only this machine may ask. */
export async function refuseUnknown(
  request: Request,
  remoteAddress: string | undefined,
  { token }: GuardOptions,
): Promise<Refused | undefined> {
  if (token === undefined) {
    if (remoteAddress === undefined || isLoopback(remoteAddress)) return undefined
    return forbidden('Without a token this is for this machine alone: give createAdmin a token, or come by a tunnel.')
  }
  const given = tokenIn(request.headers.get('authorization') ?? '')
  if (given !== undefined && (await areSame(given, token))) return undefined
  return { status: 401, message: 'Bring the token of the admin: as a Bearer token, or as the password of any user.' }
}

function forbidden(message: string): Refused {
  return { status: 403, message }
}

/** Tells a name or an address that no other page can have: a name could be rebound to any address. */
function isOwnName(hostname: string): boolean {
  const isAddress = /^\[.*\]$|^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isAddress
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address)
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function tokenIn(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? []
  if (/^bearer$/i.test(scheme)) return value
  if (!/^basic$/i.test(scheme)) return undefined
  try {
    const pair = atob(value)
    return pair.slice(pair.indexOf(':') + 1)
  } catch {
    return undefined
  }
}

/** Compares digests, so that the time it takes tells nothing of the token. */
async function areSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([digestOf(one), digestOf(other)])
  return a.every((byte, at) => byte === b[at])
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
