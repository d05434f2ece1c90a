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

  /** @param keys by their labels */
  constructor(keys: Readonly<Record<string, string>>, identities: Identities | undefined) {
    this.#labels = new Map(Object.entries(keys).map(([label, key]) => [key, label]))
    this.#identities = identities
  }

  /** Reads the Authorization header, or for a beacon, which has none, the query. */
  async read(headers: Headers, query: URLSearchParams, now: number): Promise<Caller | Refusal> {
    const [scheme = '', bearer] = (headers.get('authorization') ?? '').split(/ +/)
    const given = /^bearer$/i.test(scheme) ? bearer : undefined
    const key = given?.startsWith('pk_') ? given : (query.get('key') ?? undefined)
    const token = given === undefined || given.startsWith('pk_') ? (query.get('identity') ?? undefined) : given
    const label = key === undefined ? undefined : this.#labels.get(key)
    if (key !== undefined && this.#labels.size > 0 && label === undefined)
      return unknownKey('This key is not known here')
    const caller: Caller = label === undefined ? {} : { key: label }
    if (token !== undefined && this.#identities !== undefined) {
      const customerId = await this.#identities.customerOf(token, now)
      return customerId instanceof Refusal ? customerId : { ...caller, customerId }
    }
    if (this.#labels.size > 0 && label === undefined)
      return unknownKey('Send a publishable key: Authorization: Bearer pk_…')
    return caller
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

function unknownKey(reason: string): Refusal {
  return new Refusal('key', `${reason}.`, { headers: { 'www-authenticate': 'Bearer' } })
}
