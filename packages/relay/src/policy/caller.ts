import { Refusal } from '../edge/refusal.ts'
import type { Identities } from './identity.ts'

/** Somebody who asks: by which key, and for which customer if that is proved. */
export interface Caller {
  /** The label of the key, for logs; the key itself stays here. */
  readonly key?: string
  /** The customer of a signed identity. */
  readonly customerId?: string
}

/** Reads who asks. A publishable key is a label, not a secret; a signed identity stands in its place. */
export class Callers {
  readonly #labels: ReadonlyMap<string, string>
  readonly #identities: Identities | undefined

  /** @param labels the label of each key */
  constructor(labels: ReadonlyMap<string, string>, identities: Identities | undefined) {
    this.#labels = labels
    this.#identities = identities
  }

  /** Reads who asks. */
  async read(headers: Headers, query: URLSearchParams, now: number): Promise<Caller | Refusal> {
    const { key, token } = credentialsOf(headers, query)
    const label = key === undefined ? undefined : this.#labels.get(key)
    const isKnown = label !== undefined || this.#labels.size === 0
    if (key !== undefined && !isKnown) return unknownKey('This key is not known here')
    const caller: Caller = label === undefined ? {} : { key: label }
    if (token !== undefined && this.#identities !== undefined) {
      const customerId = await this.#identities.customerOf(token, now)
      return customerId instanceof Refusal ? customerId : { ...caller, customerId }
    }
    return isKnown ? caller : unknownKey('Send a publishable key, pk_…, as the Bearer token of Authorization')
  }

  /** Tells why somebody may not speak for a customer. */
  problemWith(caller: Caller, customerId: string): Refusal | undefined {
    if (caller.customerId !== undefined) {
      if (caller.customerId === customerId) return undefined
      return new Refusal('customer', 'The signed identity is of another customer than the event.')
    }
    if (this.#identities === undefined || this.#identities.isAnonymous(customerId)) return undefined
    return new Refusal('identity', 'This customer needs a signed identity: Authorization: Bearer <token>.', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}

/** Reads the Authorization header; or the query, since a beacon has no headers. */
function credentialsOf(
  headers: Headers,
  query: URLSearchParams,
): { key?: string | undefined; token?: string | undefined } {
  const [, bearer] = /^bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
  const [key, token] = [query.get('key') ?? undefined, query.get('identity') ?? undefined]
  if (bearer === undefined) return { key, token }
  return bearer.startsWith('pk_') ? { key: bearer, token } : { key, token: bearer }
}

function unknownKey(reason: string): Refusal {
  return new Refusal('key', `${reason}.`, { headers: { 'www-authenticate': 'Bearer' } })
}
