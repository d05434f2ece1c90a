import type { Bump } from './bump.ts'
import { levelsOf } from './pointer.ts'
import type { RedoclyChange } from './redocly.ts'

/** Judges what a change means for the users of the packages: redocly's verdict, but for what it cannot know of them. */
export function impactOf(change: RedoclyChange): Bump {
  if (isProse(change)) return 'patch'
  if (takesNameAway(change) || changesUnknownFieldsOfAnswer(change) || dependsOnWhatIsSent(change)) return 'major'
  // A rule that was relaxed, a field that is deprecated: nothing breaks, but types and validators are not the same.
  return change.impact === 'patch' ? 'minor' : change.impact
}

const proseTypes = /^(Info|Contact|License|Tag|TagList|ExternalDocs|Example|ExamplesMap|NamedExamples)$/
const proseProperties = /^(summary|description|title|tags|example|examples|externalDocs|\$comment|x-.*)$/

/** Tells whether people read it and programs do not. redocly rates an example more as something new. */
function isProse({ typeName, property = '' }: RedoclyChange): boolean {
  return proseTypes.test(typeName) || proseProperties.test(property)
}

const exported = /^#\/components\/(schemas|responses|parameters|headers|requestBodies|pathItems)\/[^/]+$/

/** The client exports the type `components`, so these names stand in its users' code. To redocly they are internal. */
function takesNameAway({ path, kind, property }: RedoclyChange): boolean {
  return exported.test(path) && (kind === 'removed' || property === 'key')
}

/** Tells whether unknown fields of an answer change, which programs read too: `true` gives them any type, and `false` takes them away. */
function changesUnknownFieldsOfAnswer({ path, property }: RedoclyChange): boolean {
  return path.includes('/responses/') && (property ?? path.split('/').at(-1)) === 'additionalProperties'
}

const conditions = new Set(['if', 'then', 'else', 'not', 'dependentSchemas', 'patternProperties'])

/** Tells whether it depends on the body if such a rule refuses more or less. redocly takes one more for something new. */
function dependsOnWhatIsSent({ path }: RedoclyChange): boolean {
  return levelsOf(path).some(({ text, isName }) => !isName && conditions.has(text))
}
