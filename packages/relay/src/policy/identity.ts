import { errors, jwtVerify } from 'jose'
import { Refusal } from '../edge/refusal.ts'

/** Signed identities: which a relay believes, and when it wants one. */
export interface IdentityOptions {
  /** Secrets with which your server signs, of at least 32 bytes each: the new one and the old one while you replace it. */
  secrets: readonly string[]
  /** The `aud` of a token: the name of this relay, so that a token made for something else does not pass. */
  audience: string
  /**
   * `required`: every request has to prove its customer. `anonymous-only`: without proof a client may speak for customers whose
   * id begins with `anonymousPrefix`, and for no others.
   *
   * @default 'required'
   */
  mode?: 'required' | 'anonymous-only' | undefined
  /** @default 'anonymous-' */
  anonymousPrefix?: string | undefined
}

/** Clocks of two servers differ. */
const toleranceSeconds = 30
/** A token is a header's value or a part of an address: what is longer is not read. */
const longestToken = 4_096

/** Checks signed identities: JSON Web Tokens whose `sub` is the customer, signed by HS256 with a shared secret. */
export class Identities {
  readonly mode: 'required' | 'anonymous-only'
  readonly #secrets: readonly Uint8Array[]
  readonly #audience: string
  readonly #anonymousPrefix: string

  constructor({ secrets, audience, mode = 'required', anonymousPrefix = 'anonymous-' }: IdentityOptions) {
    this.mode = mode
    this.#secrets = secrets.map((secret) => new TextEncoder().encode(secret))
    this.#audience = audience
    this.#anonymousPrefix = anonymousPrefix
  }

  /** Tells whether somebody without proof may speak for a customer. */
  isAnonymous(customerId: string): boolean {
    return this.mode === 'anonymous-only' && customerId.startsWith(this.#anonymousPrefix)
  }

  /** The customer that a token proves. */
  async customerOf(token: string, now: number): Promise<string | Refusal> {
    if (token.length > longestToken) return invalid('It is too long')
    let reason = 'It cannot be read'
    for (const secret of this.#secrets) {
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: ['HS256'],
          audience: this.#audience,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now),
        })
        if (typeof payload.sub === 'string' && payload.sub !== '') return payload.sub
        return invalid('Its sub must be the id of a customer')
      } catch (thrown) {
        reason = reasonOf(thrown)
        // Only another signature may be that of another secret.
        if (!(thrown instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    return invalid(reason)
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return 'It has expired: make a new one'
  if (thrown instanceof errors.JWTClaimValidationFailed) return `Its ${thrown.claim} is missing or wrong`
  if (thrown instanceof errors.JOSEAlgNotAllowed) return 'It must be signed by HS256'
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return 'It was signed with another secret'
  return 'It is not a JSON Web Token'
}

function invalid(reason: string): Refusal {
  return new Refusal('identity', `The signed identity is not valid. ${reason}.`, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
