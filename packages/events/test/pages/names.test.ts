import { readFileSync } from 'node:fs'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { expect, test } from 'vitest'
import type { CallOptions } from '../../src/call/call-options.ts'
import type { ErrorCode, OutboxProblem } from '../../src/errors/errors.ts'
import type { Receipt } from '../../src/event/receipt.ts'
import type { TrackerStats } from '../../src/event/report.ts'
import * as api from '../../src/index.ts'
import { failed, kinds } from '../../src/outbox/indexeddb/errors.ts'
import type { VendorOptions } from '../../src/vendors/read-rules.ts'
import type { VendorRule } from '../../src/vendors/rules.ts'
import { namesOf, rowsIn, rowsOf } from './tables.ts'

/** The names of a type, all of them: one that is missing here does not compile. */
const all = <Name extends string>(names: Record<Name, true>): string[] => Object.keys(names).toSorted()

const callOptions = all<keyof CallOptions>({ id: true, signal: true, maxRetries: true, maxDeliveryMs: true })
const receipt = all<keyof Receipt>({
  id: true,
  status: true,
  attempts: true,
  data: true,
  acceptedAt: true,
  deliveredAt: true,
  requestId: true,
  skipped: true,
  duplicate: true,
  elsewhere: true,
})
const counts = all<keyof TrackerStats>({
  accepted: true,
  delivered: true,
  rejected: true,
  dropped: true,
  dead: true,
  pending: true,
})
const problems = all<OutboxProblem>({
  busy: true,
  corrupt: true,
  denied: true,
  entry: true,
  full: true,
  io: true,
  missing: true,
  moved: true,
  newer: true,
  'not-an-outbox': true,
  older: true,
  'read-only': true,
})
const vendorRule = all<keyof VendorRule>({ event: true, category: true, property: true, when: true })
const vendorOptions = all<keyof VendorOptions>({ otherwise: true, logger: true })
const codes = all<ErrorCode>({
  configuration: true,
  validation: true,
  api: true,
  connection: true,
  timeout: true,
  queue_full: true,
  cancelled: true,
  closed: true,
  outbox: true,
})

test.each([
  ['options of a call', 'guides/calls', 'option', callOptions],
  ['fields of a receipt', 'guides/waiting', 'field', receipt],
  ['counts of a tracker', 'guides/outages', 'count', counts],
  ['problems of an outbox', 'guides/outbox', 'problem', problems],
  ['members of a rule for vendors', 'guides/vendors', 'member of a rule', vendorRule],
  ['options of bookVendorCalls', 'guides/vendors', 'third argument', vendorOptions],
])('a page has all %s, and no other', (_what, place, head, known) => {
  expect(namesOf(rowsOf(place, head)).toSorted()).toEqual(known)
})

test('a page has every problem that an outbox in a browser may have, and no other', () => {
  const known = new Set([...Object.values(kinds), failed].map(([problem]) => problem))
  expect(new Set(namesOf(rowsOf('guides/closed-tab', 'problem in a page')))).toEqual(known)
})

const isError = (value: unknown): value is new () => Error =>
  typeof value === 'function' && value.prototype instanceof api.EventTrackingError

test('the README has every class of error and every code, and no other', () => {
  const rows = rowsIn(readFileSync(new URL('../../README.md', import.meta.url), 'utf8'), 'class')
  const classes = Object.values(api).filter(isError)
  expect(namesOf(rows).toSorted()).toEqual(classes.map(({ name }) => name).toSorted())
  expect([...new Set(rows.map(([, code = '']) => code.replaceAll('`', '')))].toSorted()).toEqual(codes)
})

test('the table of rules for vendors has the rules that one copies from the page', () => {
  const text = textOf('reference/vendors-rules')
  const rules = [...text.matchAll(/^ {2}'([^']+)': \{ event: '([^']+)', category: '([^']+)'/gm)]
  expect(rules.length).toBeGreaterThan(5)
  const rows = rowsOf('reference/vendors-rules', 'vendor').map(([, ...cells]) =>
    cells.map((cell) => cell.replaceAll('`', '')),
  )
  expect(rows).toEqual(rules.map(([, ...parts]) => parts))
})
