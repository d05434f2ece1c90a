import type { FaultOrder } from '../../wire.ts'

/** The faults that a person can switch on, and the fields that each has. */
export interface FaultChoice {
  readonly value: string
  readonly label: string
  readonly fields: readonly FaultField[]
}
export type FaultField = keyof typeof numbers | 'filter'

/** The numbers of the form: the name of each, its least and its greatest. */
const numbers = {
  status: { label: 'The status', least: 200, greatest: 599 },
  retryAfter: { label: 'Retry-After', least: 0, greatest: 1_000_000 },
  delayMs: { label: 'The delay', least: 0, greatest: 2 ** 31 - 1 },
  forMs: { label: 'The time', least: 0, greatest: 2 ** 31 - 1 },
  pass: { label: 'The number of requests', least: 1, greatest: 1_000_000 },
  times: { label: 'How many', least: 1, greatest: 1_000_000 },
  rate: { label: 'The share', least: 1, greatest: 100 },
} as const

const often: readonly FaultField[] = ['times', 'rate', 'filter']

export const faultChoices: readonly FaultChoice[] = [
  { value: '503', label: '503 unavailable', fields: ['retryAfter', 'delayMs', ...often] },
  { value: '429', label: '429 too many requests', fields: ['retryAfter', 'delayMs', ...often] },
  { value: '401', label: '401 unauthorized', fields: ['delayMs', ...often] },
  { value: 'status', label: 'another status', fields: ['status', 'retryAfter', 'delayMs', ...often] },
  { value: 'delay', label: 'delay: answer late', fields: ['delayMs', ...often] },
  { value: 'hang', label: 'hang: never answer', fields: ['delayMs', ...often] },
  { value: 'reset', label: 'reset the connection', fields: ['delayMs', ...often] },
  { value: 'truncate', label: 'truncate the answer', fields: ['delayMs', ...often] },
  { value: 'junk', label: 'junk instead of JSON', fields: ['delayMs', ...often] },
  { value: 'refuse', label: 'refuse connections', fields: ['forMs'] },
  { value: 'pass', label: 'pass: let some through', fields: ['pass', 'filter'] },
]

/** Faults for one click. */
export const presets: readonly { readonly label: string; readonly title: string; readonly order: FaultOrder }[] = [
  {
    label: 'Outage for 10 s',
    title: 'Connections are refused, those of this page too',
    order: { fault: { fault: 'refuse', forMs: 10_000 }, filter: {} },
  },
  {
    label: 'Rate limit',
    title: 'The next 20 requests get 429, retry after 2 s',
    order: { fault: { status: 429, retryAfter: 2, times: 20 }, filter: {} },
  },
  {
    label: 'Flaky, 20 %',
    title: 'One request in five gets 503, until it is switched off',
    order: { fault: { status: 503, rate: 0.2, times: null }, filter: {} },
  },
  {
    label: 'Slow, 2 s',
    title: 'Every answer is two seconds late, until it is switched off',
    order: { fault: { delayMs: 2000, times: null }, filter: {} },
  },
]

/** Values of the form, as they were typed. */
export type FaultForm = Readonly<Record<string, string>>

/** Turns the form into a message; a text says what is wrong with the form. */
export function faultOrder(form: FaultForm): FaultOrder | string {
  const choice = faultChoices.find(({ value }) => value === form['what'])
  if (choice === undefined) return 'Choose a fault'
  const fault: Record<string, string | number | null> = kindOf(choice.value)
  for (const field of choice.fields) {
    if (field === 'filter') continue
    const value = numberOf(field, form[field]?.trim() ?? '')
    if (typeof value === 'string') return value
    if (value !== undefined) fault[field] = field === 'rate' ? value / 100 : value
    else if (field === 'times') fault[field] = null
    else if (isNeeded(field, choice.value)) return `${numbers[field].label} is missing`
  }
  return { fault, filter: choice.fields.includes('filter') ? filterOf(form) : {} }
}

function kindOf(choice: string): Record<string, string | number> {
  if (/^\d+$/.test(choice)) return { status: Number(choice) }
  return ['status', 'delay', 'pass'].includes(choice) ? {} : { fault: choice }
}

function isNeeded(field: keyof typeof numbers, choice: string): boolean {
  return ['status', 'forMs', 'pass'].includes(field) || (field === 'delayMs' && choice === 'delay')
}

/** Reads a number; undefined for none, and a sentence for one that will not do. */
function numberOf(field: keyof typeof numbers, typed: string): number | undefined | string {
  if (typed === '') return undefined
  const { label, least, greatest } = numbers[field]
  if (!/^\d+$/.test(typed)) return `${label} is a whole number, not ${typed}`
  const value = Number(typed)
  if (value < least || value > greatest) return `${label} is from ${least} to ${greatest}, not ${typed}`
  return value
}

function filterOf({ operation = '', customer = '', event = '', id = '' }: FaultForm): FaultOrder['filter'] {
  return Object.fromEntries(Object.entries({ operation, customer, event, id }).filter(([, value]) => value !== ''))
}
