import { expect, test } from 'vitest'
import { type EventNames, isEventNames, nameProblemOf } from '../../src/call/event-names.ts'
import { EventTracker } from '../../src/index.ts'
import { ok, serve } from '../support/server.ts'

const accepted: [EventNames, string[]][] = [
  ['snake_case', ['click', 'button_click', 'step_2_done', 'utf8']],
  ['kebab-case', ['click', 'button-click', 'step-2-done']],
  ['camelCase', ['click', 'buttonClick', 'openAICall', 'step2Done']],
  ['PascalCase', ['Click', 'ButtonClick', 'OpenAICall']],
  ['Title Case', ['Click', 'Button Click', 'OpenAI API Call', 'Step 2 Done']],
  [/^app:/, ['app:start', 'app:']],
  [
    ['signup', 'login'],
    ['signup', 'login'],
  ],
]

const refused: [EventNames, string[]][] = [
  ['snake_case', ['Button Click', 'button-click', 'button__click', '_click', 'click_', 'ÄPFEL', 'click\n']],
  ['kebab-case', ['button_click', 'Button-Click', '-click', 'a--b']],
  ['camelCase', ['ButtonClick', 'button_click', 'button click', '1click']],
  ['PascalCase', ['buttonClick', 'Button Click']],
  ['Title Case', ['button click', 'Button click', 'Button  Click', ' Button']],
  [/^app:/, ['start', ' app:']],
  [
    ['signup', 'login'],
    ['Signup', 'log'],
  ],
]

test.each(accepted)('%s lets these names through: %s', (names, events) => {
  for (const event of events) expect(nameProblemOf(names)(event)).toBeUndefined()
})

test.each(refused)('%s refuses these names, and says what is wanted: %s', (names, events) => {
  for (const event of events) expect(nameProblemOf(names)(event)).toMatch(/must .+ \(eventNames\)$/)
})

test('a pattern with the flags g or y judges each name alike, however often it is asked', () => {
  for (const pattern of [/^a+$/g, /a+/y]) {
    const problem = nameProblemOf(pattern)
    for (let time = 0; time < 4; time++) expect(problem('aaa')).toBeUndefined()
    expect(pattern.lastIndex).toBe(0)
  }
})

test('a long list is cut short in the message', () => {
  const names = Array.from({ length: 50 }, (_, n) => `event_${n}`)
  expect(nameProblemOf(names)('other')).toBe(`must be one of: ${names.slice(0, 10).join(', ')}, … (eventNames)`)
})

test('a list that is changed afterwards changes nothing', () => {
  const names = ['signup']
  const problem = nameProblemOf(names)
  names[0] = 'other'
  expect(problem('signup')).toBeUndefined()
})

test.each([[], [''], ['a', 1], {}, 'UPPER', 'constructor', undefined, null, 5])('%j names no events', (names) => {
  expect(isEventNames(names)).toBe(false)
})

test('a name outside the convention fails its call, with a path, and nothing is sent', async () => {
  await using server = await serve(ok)
  const tracker = new EventTracker({ token: 'secret', baseUrl: server.url, eventNames: 'snake_case' })
  const reason = 'must be in snake_case, such as button_clicked (eventNames)'
  const settlement = await tracker.trackEvent('user123', 'Button Click').settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { issues: [{ path: 'event', reason }] } })
  await tracker.trackEvent('user123', 'button_click')
  expect(server.log()).toEqual(['user123:button_click'])
})
