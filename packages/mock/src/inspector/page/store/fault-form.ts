import type { FaultOrder } from '../../wire.ts'

/** The faults that a person can switch on, and the fields that each has. */
export interface FaultChoice {
  readonly value: string
  readonly label: string
  readonly fields: readonly FaultField[]
}
export type FaultField = 'status' | 'retryAfter' | 'delayMs' | 'forMs' | 'times' | 'filter'

const often: readonly FaultField[] = ['times', 'filter']

export const faultChoices: readonly FaultChoice[] = [
  { value: '503', label: '503 unavailable', fields: ['retryAfter', ...often] },
  { value: '429', label: '429 too many requests', fields: ['retryAfter', ...often] },
  { value: '401', label: '401 unauthorized', fields: often },
  { value: 'status', label: 'another status', fields: ['status', 'retryAfter', ...often] },
  { value: 'delay', label: 'delay: answer late', fields: ['delayMs', ...often] },
  { value: 'hang', label: 'hang: never answer', fields: often },
  { value: 'reset', label: 'reset the connection', fields: often },
  { value: 'truncate', label: 'truncate the answer', fields: often },
  { value: 'junk', label: 'junk instead of JSON', fields: often },
  { value: 'refuse', label: 'refuse connections', fields: ['forMs'] },
]

/** Values of the form, as they were typed. */
export type FaultForm = Readonly<Record<string, string>>

/** Turns the form into a message; a text says what is wrong with the form. */
export function faultOrder(form: FaultForm): FaultOrder | string {
  const choice = faultChoices.find(({ value }) => value === form['what'])
  if (choice === undefined) return 'Choose a fault'
  const fault: Record<string, string | number | null> = /^\d+$/.test(choice.value)
    ? { status: Number(choice.value) }
    : choice.value === 'status' || choice.value === 'delay'
      ? {}
      : { fault: choice.value }
  for (const field of choice.fields) {
    if (field === 'filter') continue
    const typed = form[field]?.trim() ?? ''
    if (typed !== '' && !/^\d+$/.test(typed)) return `${names[field]} is a whole number, not ${typed}`
    if (typed !== '') fault[field] = Number(typed)
    else if (field === 'times') fault[field] = null
    else if (field !== 'retryAfter') return `${names[field]} is missing`
  }
  const filter = choice.fields.includes('filter') ? filterOf(form) : {}
  return { fault, filter }
}

const names: Record<Exclude<FaultField, 'filter'>, string> = {
  status: 'The status',
  retryAfter: 'Retry-After',
  delayMs: 'The delay',
  forMs: 'The time',
  times: 'How many',
}

function filterOf({ operation = '', customer = '' }: FaultForm): FaultOrder['filter'] {
  return { ...(operation !== '' && { operation }), ...(customer !== '' && { customer }) }
}
