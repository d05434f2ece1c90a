import type { OwedEvent } from './owed-event.ts'

/** A random UUID (RFC 9562, version 4), also on pages without https, where randomUUID is missing. */
export function mintId(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID()
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

/** Finds the event that is owed for a customer under an id. */
export class OwedIds {
  /** Minted ids are unique by themselves; the caller's own are unique for a customer. */
  readonly #owed = new Map<string, OwedEvent>()

  add(event: OwedEvent, isMinted: boolean): void {
    this.#owed.set(isMinted ? event.id : ownKey(event.customerId, event.id), event)
  }

  find(customerId: unknown, id: string): OwedEvent | undefined {
    if (typeof customerId !== 'string') return undefined
    const own = this.#owed.get(ownKey(customerId, id))
    if (own !== undefined) return own
    const minted = this.#owed.get(id)
    return minted?.customerId === customerId ? minted : undefined
  }

  delete({ customerId, id }: OwedEvent): void {
    if (!this.#owed.delete(ownKey(customerId, id))) this.#owed.delete(id)
  }
}

/** An id has no line break, so no two pairs give the same key. */
function ownKey(customerId: string, id: string): string {
  return `${id}\n${customerId}`
}
