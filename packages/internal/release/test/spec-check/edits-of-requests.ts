import {
  add,
  all,
  copy,
  customer,
  type Edit,
  event,
  move,
  remove,
  schemas,
  set,
  track,
  trackBody,
  trackInProduction,
} from './editing.ts'

const name = [...event, 'properties', 'event']
const region = [...event, 'properties', 'region']
const free = [...customer, 'properties', 'properties']
const withRequiredEmail = add([...customer, 'required'], 'email')
const key = ['components', 'parameters', 'IdempotencyKey']
const json = [...trackBody, 'application/json']
const jsonInProduction = [...trackInProduction, 'requestBody', 'content', 'application/json']
const cbor = [...trackBody, 'application/cbor']
const header = (required: boolean) => ({ name: 'X-Region', in: 'header', required, schema: { type: 'string' } })

/** Edits of what may be sent. */
export const editsOfRequests: Record<string, Edit> = {
  'a required field more': {
    bump: 'major',
    step: all(set(region, { type: 'string' }), add([...event, 'required'], 'region')),
  },
  'an optional field more': { bump: 'minor', step: set(region, { type: 'string' }) },
  'a field less': {
    bump: 'major',
    before: withRequiredEmail,
    step: all(remove([...customer, 'properties', 'email']), remove([...customer, 'required', 1])),
  },
  'an optional field less': { bump: 'major', before: set(region, { type: 'string' }), step: remove(region) },
  'a field under another name': {
    bump: 'major',
    step: all(move(name, [...event, 'properties', 'name']), set([...event, 'required'], ['customer_id', 'name'])),
  },
  'an optional field made required': {
    bump: 'major',
    before: set(region, { type: 'string' }),
    step: add([...event, 'required'], 'region'),
  },
  'a required field made optional': {
    bump: 'minor',
    before: withRequiredEmail,
    step: remove([...customer, 'required', 1]),
  },
  'a deprecated field': { bump: 'minor', step: set([...name, 'deprecated'], true) },
  'a default where there was none': { bump: 'minor', step: set([...name, 'default'], 'page_view') },
  'another type of a field': { bump: 'major', step: set([...name, 'type'], 'integer') },
  'a wider type of a field': { bump: 'minor', step: set([...name, 'type'], ['string', 'null']) },
  'a narrower type of a field': {
    bump: 'major',
    before: set([...name, 'type'], ['string', 'null']),
    step: set([...name, 'type'], 'string'),
  },
  'a list where every text was allowed': { bump: 'major', step: set([...name, 'enum'], ['page_view', 'sign_up']) },
  'a shorter list of values': {
    bump: 'major',
    before: set([...name, 'enum'], ['a', 'b']),
    step: remove([...name, 'enum', 1]),
  },
  'a longer list of values': {
    bump: 'minor',
    before: set([...name, 'enum'], ['a', 'b']),
    step: add([...name, 'enum'], 'c'),
  },
  'one value only': { bump: 'major', step: set([...name, 'const'], 'page_view') },
  'a pattern where there was none': { bump: 'major', step: set([...name, 'pattern'], '^[a-z_]+$') },
  'another pattern': {
    bump: 'major',
    before: set([...name, 'pattern'], '^[a-z_]+$'),
    step: set([...name, 'pattern'], '^[a-z]+$'),
  },
  'a pattern less': {
    bump: 'minor',
    before: set([...name, 'pattern'], '^[a-z_]+$'),
    step: remove([...name, 'pattern']),
  },
  'a format where there was none': {
    bump: 'major',
    step: set([...customer, 'properties', 'email', 'format'], 'email'),
  },
  'a greatest length where there was none': { bump: 'major', step: set([...name, 'maxLength'], 100) },
  'a smaller greatest length': {
    bump: 'major',
    before: set([...name, 'maxLength'], 100),
    step: set([...name, 'maxLength'], 50),
  },
  'a larger greatest length': {
    bump: 'minor',
    before: set([...name, 'maxLength'], 100),
    step: set([...name, 'maxLength'], 200),
  },
  'a larger smallest length': { bump: 'major', step: set([...name, 'minLength'], 2) },
  'no smallest length any more': { bump: 'minor', step: remove([...name, 'minLength']) },
  'unknown fields allowed': { bump: 'minor', step: set([...event, 'additionalProperties'], true) },
  'unknown fields allowed by silence': { bump: 'minor', step: remove([...event, 'additionalProperties']) },
  'unknown fields forbidden': { bump: 'major', step: set([...free, 'additionalProperties'], false) },
  'unknown fields of one type only': {
    bump: 'major',
    step: set([...free, 'additionalProperties'], { type: 'string' }),
  },
  'a smallest number of fields': { bump: 'major', step: set([...free, 'minProperties'], 1) },
  'a rule for the names of fields': { bump: 'major', step: set([...free, 'propertyNames'], { pattern: '^[a-z]' }) },
  'a schema that must hold as well': { bump: 'major', step: set([...event, 'allOf'], [{ required: ['region'] }]) },
  'a rule under a condition': {
    bump: 'major',
    step: set([...event, 'if'], { properties: { event: { const: 'sign_up' } } }),
  },
  'a rule for fields whose names have a pattern': {
    bump: 'major',
    step: set([...free, 'patternProperties'], { '^is_': { type: 'boolean' } }),
  },
  'another rule for what must not be': {
    bump: 'major',
    before: set([...name, 'not'], { minLength: 100 }),
    step: set([...name, 'not'], { minLength: 50 }),
  },
  'a field that is called like a keyword': {
    bump: 'minor',
    step: set([...event, 'properties', 'if'], { type: 'string' }),
  },
  'a schema under another name': {
    bump: 'major',
    step: all(
      move(event, [...schemas, 'Track']),
      set([...json, 'schema', '$ref'], '#/components/schemas/Track'),
      set([...jsonInProduction, 'schema', '$ref'], '#/components/schemas/Track'),
    ),
  },
  'a schema written where it is used': {
    bump: 'major',
    step: all(copy(event, [...jsonInProduction, 'schema']), move(event, [...json, 'schema'])),
  },
  'a schema that nothing uses': { bump: 'minor', step: set([...schemas, 'Unused'], { type: 'object' }) },
  'a body that may be left out': { bump: 'minor', step: set([...track, 'requestBody', 'required'], false) },
  'another media type of the body': { bump: 'major', step: move(json, cbor) },
  'a media type of the body more': { bump: 'minor', step: copy(json, cbor) },
  'a header more': { bump: 'minor', step: add([...track, 'parameters'], header(false)) },
  'a required header more': { bump: 'major', step: add([...track, 'parameters'], header(true)) },
  'a header made required': { bump: 'major', step: set([...key, 'required'], true) },
  'a header made optional': {
    bump: 'minor',
    before: set([...key, 'required'], true),
    step: set([...key, 'required'], false),
  },
  'a greatest length of a header': { bump: 'major', step: set([...key, 'schema', 'maxLength'], 255) },
  'a header less': { bump: 'major', step: remove([...track, 'parameters']) },
}
