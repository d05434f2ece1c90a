/** The columns that an entry fills, pending or dead. */
import type { Entry, Environment, Operation } from '../../event/event.ts'
export const entryColumns = 'customer, id, minted, operation, body, accepted, environment'

export interface EntryRow {
  customer: string
  id: string
  minted: number
  operation: string
  body: string
  accepted: number
  environment: string
}

/** In the order of the columns. */
export function valuesOf({
  customerId,
  id,
  hasMintedId = false,
  operation,
  body,
  acceptedAt,
  environment = 'test',
}: Entry) {
  return [customerId, id, Number(hasMintedId), operation, body, acceptedAt, environment] as const
}

export function entryOf({ id, customer, minted, operation, body, accepted, environment }: EntryRow): Entry {
  const entry = {
    id,
    customerId: customer,
    operation: operation as Operation,
    body,
    acceptedAt: accepted,
    environment: environment as Environment,
  }
  return minted ? { ...entry, hasMintedId: true } : entry
}
