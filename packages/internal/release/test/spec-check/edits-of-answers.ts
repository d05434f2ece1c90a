import { add, all, answer, copy, type Edit, move, remove, responses, set, track, trackInProduction } from './editing.ts'

const id = { type: 'string' }
const withId = set([...answer, 'properties'], { id })
const withRequiredId = all(withId, set([...answer, 'required'], ['id']))
const idType = [...answer, 'properties', 'id', 'type']
const statuses = [...track, 'responses']

/** Edits of what may be answered. */
export const editsOfAnswers: Record<string, Edit> = {
  'a status more': { bump: 'minor', step: set([...statuses, '409'], { description: 'Known already.' }) },
  'a status of success more': { bump: 'minor', step: set([...statuses, '202'], { description: 'Taken.' }) },
  'a status less': { bump: 'major', step: remove([...statuses, '413']) },
  'another status of success': { bump: 'major', step: move([...statuses, '200'], [...statuses, '201']) },
  'a header of the answer more': {
    bump: 'minor',
    step: set([...responses, 'Tracked', 'headers'], { 'X-Request-Id': { schema: { type: 'string' } } }),
  },
  'a header of the answer less': {
    bump: 'major',
    step: remove([...responses, 'TooManyRequests', 'headers', 'Retry-After']),
  },
  'a media type of the answer more': {
    bump: 'minor',
    step: set([...responses, 'Tracked', 'content', 'text/plain'], { schema: { type: 'string' } }),
  },
  'a media type of the answer less': {
    bump: 'major',
    step: remove([...responses, 'BadRequest', 'content', 'text/plain']),
  },
  'a response under another name': {
    bump: 'major',
    step: all(
      move([...responses, 'Tracked'], [...responses, 'Booked']),
      set([...statuses, '200', '$ref'], '#/components/responses/Booked'),
      set([...trackInProduction, 'responses', '200', '$ref'], '#/components/responses/Booked'),
    ),
  },
  'a field of the answer more': { bump: 'minor', step: withId },
  'a field of the answer less': { bump: 'major', before: withId, step: remove([...answer, 'properties']) },
  'a field of the answer that is always there': { bump: 'minor', before: withId, step: withRequiredId },
  'a field of the answer that may be missing': {
    bump: 'major',
    before: withRequiredId,
    step: remove([...answer, 'required']),
  },
  'a wider type of a field of the answer': { bump: 'major', before: withId, step: set(idType, ['string', 'null']) },
  'a narrower type of a field of the answer': {
    bump: 'minor',
    before: all(withId, set(idType, ['string', 'null'])),
    step: set(idType, 'string'),
  },
  'a value more in a list of the answer': {
    bump: 'major',
    before: all(withId, set([...answer, 'properties', 'id', 'enum'], ['a', 'b'])),
    step: add([...answer, 'properties', 'id', 'enum'], 'c'),
  },
  'an answer that is a list': {
    bump: 'major',
    step: all(set([...answer, 'type'], 'array'), remove([...answer, 'additionalProperties'])),
  },
  'an answer without unknown fields': { bump: 'major', step: set([...answer, 'additionalProperties'], false) },
  'an answer with unknown fields of one type only': {
    bump: 'major',
    step: set([...answer, 'additionalProperties'], { type: 'string' }),
  },
  'an answer with unknown fields': {
    bump: 'major',
    before: set([...answer, 'additionalProperties'], false),
    step: set([...answer, 'additionalProperties'], true),
  },
  'the same answer to another status': { bump: 'minor', step: copy([...statuses, '200'], [...statuses, '207']) },
}
