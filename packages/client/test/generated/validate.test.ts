import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { validators } from '../../scripts/validators.ts'
import { validateIdentifyCustomer, validateTrackEvent } from '../../src/index.ts'
import { type Validator, violations } from '../../src/generated/validate.ts'

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

test('an own __proto__ is an unknown field and not a way around the OpenAPI document', () => {
  const body: unknown = JSON.parse('{"customer_id":"user123","event":"x","__proto__":{}}')
  expect(validateTrackEvent(body)).toEqual([
    { path: '__proto__', keyword: 'additionalProperties', message: 'is not a known field' },
  ])
})

test('a document that asks for more than one character has them counted, not their length', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'validators-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const document = await readFile(new URL('../../../../spec/openapi.yaml', import.meta.url), 'utf8')
  const file = join(folder, 'openapi.yaml')
  await writeFile(file, document.replaceAll('minLength: 1', 'minLength: 3'))
  const code = await validators(pathToFileURL(file))
  const { TrackEvent } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { TrackEvent: Validator }
  const names = ['abc', '🎉🎉🎉', '🎉🎉', '']
  const messages = names.map((event) => violations(TrackEvent, { customer_id: 'user123', event })[0]?.message)
  const tooFew = 'must have at least 3 characters'
  expect(messages).toEqual([undefined, undefined, tooFew, tooFew])
})
