import type { Delivery } from '../../src/delivery.ts'

/** A call that counts: not one that repeats what is pending. */
export class Tracked {
  readonly repeats: Delivery[] = []
  requests = 0
  hooks = 0
  succeeded = false
  /** Refused at once, though tracked by `onError` itself, which is not told of that. */
  isUntold = false
  readonly customer: string
  readonly label: string
  readonly operation: string
  readonly delivery: Delivery
  readonly acceptedAt: number

  constructor(customer: string, operation: string, label: string, delivery: Delivery, acceptedAt: number) {
    this.customer = customer
    this.label = label
    this.operation = operation
    this.delivery = delivery
    this.acceptedAt = acceptedAt
  }

  get state(): string {
    return this.delivery.toJSON().state
  }

  get isPending(): boolean {
    return this.state === 'pending'
  }
}
