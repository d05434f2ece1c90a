import type { components } from '../../../recording/openapi.gen.ts'

/** The parts of a body that the page lays out; all are missing if the body is not a JSON object. */
export interface Fields {
  customerId?: string
  event?: string
  category?: string
  property?: Readonly<Record<string, unknown>>
  name?: string
  companyName?: string
  email?: string
  /** All fields, as they were sent. */
  all?: Readonly<Record<string, unknown>>
}

export type CallKind = 'identify' | 'track'

export function fieldsOf(text: string): Fields {
  const all = parsed(text)
  if (!isRecord(all)) return {}
  const { customer_id: customerId, event, category, property, name, companyName, email } = all
  return {
    all,
    ...(isText(customerId) && { customerId }),
    ...(isText(event) && { event }),
    ...(isText(category) && { category }),
    ...(isRecord(property) && { property }),
    ...(isText(name) && { name }),
    ...(isText(companyName) && { companyName }),
    ...(isText(email) && { email }),
  }
}

/** Tells which call a request makes, by its operation; in another OpenAPI document by its fields. */
export function kindOf(operation: string | undefined, fields: Fields): CallKind | undefined {
  if (operation?.startsWith('identify')) return 'identify'
  if (operation?.startsWith('track') || fields.event !== undefined) return 'track'
  const hasTraits = Object.entries(fields.all ?? {}).some(
    ([name, value]) => Boolean(value) && Object.hasOwn(traitFields, name),
  )
  return hasTraits ? 'identify' : undefined
}

type TraitField = Exclude<keyof components['schemas']['IdentifyCustomer'], 'customer_id'>

// Spelled out, so that a field that the OpenAPI document gains is missed by the compiler and not by a person.
const traitFields: Record<TraitField, true> = {
  name: true,
  email: true,
  properties: true,
  created: true,
  plan: true,
  planValue: true,
  planCurrency: true,
  planInterval: true,
  companyName: true,
}

/** The traits of an identify by name, those in `properties` with the others. */
export function traitsIn({ all = {} }: Fields): [string, unknown][] {
  const { customer_id: _, properties, ...others } = all
  return [...Object.entries(others), ...(isRecord(properties) ? Object.entries(properties) : [])]
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
