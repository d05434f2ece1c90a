import { expect, test } from 'vitest'
import { validateIdentifyCustomer, validateTrackEvent } from '../src/index.ts'

const customer = {
  customer_id: 'user123',
  name: 'John Doe',
  email: 'john@example.com',
  properties: { plan: 'premium' },
}

test('the bodies of the guide are valid', () => {
  expect(validateIdentifyCustomer(customer)).toEqual([])
  expect(validateTrackEvent({ customer_id: 'user123', event: 'button_click' })).toEqual([])
})

test('of a customer only the id is required, and the value of a plan is text or a number', () => {
  expect(validateIdentifyCustomer({ customer_id: 'user123' })).toEqual([])
  for (const planValue of [50, '49.90']) {
    expect(validateIdentifyCustomer({ customer_id: 'user123', planValue })).toEqual([])
  }
  expect(validateIdentifyCustomer({ customer_id: 'user123', planValue: true, created: '2024' })).toEqual([
    { path: 'created', keyword: 'type', message: 'must be number' },
    { path: 'planValue', keyword: 'type', message: 'must be string or number' },
  ])
})

test('an address that only a server can judge is left to the server', () => {
  expect(validateIdentifyCustomer({ ...customer, email: 'josé@example.com' })).toEqual([])
})

test('every violation is reported with field, keyword and words', () => {
  expect(validateIdentifyCustomer({ name: '', email: 7, properties: [], level: 'premium' })).toEqual([
    { path: 'customer_id', keyword: 'required', message: 'is missing' },
    { path: 'level', keyword: 'additionalProperties', message: 'is not a known field' },
    { path: 'name', keyword: 'minLength', message: 'must not be empty' },
    { path: 'email', keyword: 'type', message: 'must be string' },
    { path: 'properties', keyword: 'type', message: 'must be object' },
  ])
})

test.each([undefined, null, 'text', 7, []])('a body that is no object is reported as a whole: %j', (body) => {
  expect(validateTrackEvent(body)).toEqual([{ path: '', keyword: 'type', message: 'must be object' }])
})

test('an own __proto__ is an unknown field and not a way around the document', () => {
  const body: unknown = JSON.parse('{"customer_id":"user123","event":"x","__proto__":{}}')
  expect(validateTrackEvent(body)).toEqual([
    { path: '__proto__', keyword: 'additionalProperties', message: 'is not a known field' },
  ])
})
