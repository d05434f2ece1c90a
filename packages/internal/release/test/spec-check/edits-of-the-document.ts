import { add, all, type Edit, event, move, remove, responses, set, track, trackBody } from './editing.ts'

const alias = {
  operationId: 'aliasCustomer',
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/TrackEvent' } } },
  },
  responses: { '200': { description: 'Done.' } },
}
const schemes = ['components', 'securitySchemes']
const apiKey = { type: 'apiKey', in: 'header', name: 'X-Token' }
const second = set([...schemes, 'second'], apiKey)
const europe = { url: 'https://eu.events.obsidianlaunch.co', description: 'Europe.' }
const [here, there] = [{ url: 'https://events.obsidianlaunch.co' }, { url: europe.url }]
const examples = [...trackBody, 'application/json', 'examples']

/** Operations, servers, authentication, and prose. */
export const editsOfTheDocument: Record<string, Edit> = {
  'an operation more': { bump: 'minor', step: set(['paths', '/alias/test'], { post: alias }) },
  'an operation more at a known path': { bump: 'minor', step: set(['paths', '/events/test', 'put'], alias) },
  'an operation less': { bump: 'major', step: remove(['paths', '/events/test']) },
  'an operation at another path': { bump: 'major', step: move(['paths', '/events/test'], ['paths', '/events']) },
  'an operation with another method': { bump: 'major', step: move(track, ['paths', '/events/test', 'put']) },
  'an operation under another id': { bump: 'major', step: set([...track, 'operationId'], 'recordEvent') },
  'a deprecated operation': { bump: 'minor', step: set([...track, 'deprecated'], true) },

  'a server more': { bump: 'minor', step: add(['servers'], europe) },
  'a server less': { bump: 'major', before: add(['servers'], europe), step: remove(['servers', 1]) },
  'another server': { bump: 'major', step: set(['servers', 0, 'url'], 'https://api.obsidianlaunch.co') },
  'a server before the default one': { bump: 'major', step: set(['servers'], [europe, here]) },
  'the servers in another order': {
    bump: 'major',
    before: set(['servers'], [here, there]),
    step: set(['servers'], [there, here]),
  },

  'another authentication': { bump: 'major', step: set([...schemes, 'projectToken'], apiKey) },
  'no authentication any more': { bump: 'minor', step: remove(['security']) },
  'no authentication for one operation': { bump: 'minor', step: set([...track, 'security'], []) },
  'authentication where there was none': {
    bump: 'major',
    before: set([...track, 'security'], []),
    step: remove([...track, 'security']),
  },
  'authentication for all where there was none': {
    bump: 'major',
    before: remove(['security']),
    step: set(['security'], [{ projectToken: [] }]),
  },
  'a choice of authentication': { bump: 'minor', step: all(second, add(['security'], { second: [] })) },
  'two tokens where there was one': {
    bump: 'major',
    step: all(second, set(['security'], [{ projectToken: [], second: [] }])),
  },
  'the same authentication, written at an operation': {
    bump: undefined,
    step: set([...track, 'security'], [{ projectToken: [] }]),
  },

  nothing: { bump: undefined, step: () => {} },
  'a comment': { bump: undefined, step: (document) => void (document.commentBefore = ' Hello.') },
  'other words for the API': { bump: 'patch', step: set(['info', 'description'], 'Two calls.') },
  'another version of the OpenAPI document': { bump: 'patch', step: set(['info', 'version'], '9.0.0') },
  'another contact': { bump: 'patch', step: set(['info', 'contact', 'email'], 'help@example.com') },
  'other words for an operation': { bump: 'patch', step: set([...track, 'summary'], 'Book an event') },
  'other words for a field': {
    bump: 'patch',
    step: set([...event, 'properties', 'event', 'description'], 'Its name.'),
  },
  'other words for an answer': { bump: 'patch', step: set([...responses, 'Tracked', 'description'], 'Booked.') },
  'no words for a field': { bump: 'patch', step: remove([...event, 'properties', 'event', 'description']) },
  'an example more': {
    bump: 'patch',
    step: set([...examples, 'more'], { value: { customer_id: 'user9', event: 'more' } }),
  },
  'an example less': { bump: 'patch', step: remove([...examples, 'cost']) },
  'another example': { bump: 'patch', step: set([...examples, 'cost', 'value', 'event'], 'Claude API Call') },
  'no examples any more': { bump: 'patch', step: remove(examples) },
  'other tags': { bump: 'patch', step: set([...track, 'tags'], ['customers']) },
  'a tag more': { bump: 'patch', step: add(['tags'], { name: 'more', description: 'More.' }) },
  'a note for tools': { bump: 'patch', step: set([...track, 'x-owner'], 'events') },
  'a note for tools on a field': { bump: 'patch', step: set([...event, 'properties', 'event', 'x-owner'], 'events') },
}
