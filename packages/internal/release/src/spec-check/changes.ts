import { isDeepStrictEqual } from 'node:util'
import type { Bump } from './bump.ts'
import { type ApiDocument, withOwnSecurity } from './document.ts'
import { impactOf } from './impact.ts'
import { redoclyDiff } from './redocly.ts'
import { inWords } from './words.ts'

/** One change of the API document, and what it means for the users of the packages. */
export interface Change {
  impact: Bump
  words: string
}

export async function changesBetween(root: string, base: ApiDocument, revision: ApiDocument): Promise<Change[]> {
  const [before, after] = [withOwnSecurity(base), withOwnSecurity(revision)]
  // Comments, order and layout.
  if (isDeepStrictEqual(before, after)) return []
  const found = await redoclyDiff(root, before, after)
  const changes = found.map((change) => ({ impact: impactOf(change), words: inWords(change) }))
  changes.unshift(...defaultServerChange(base, revision))
  // redocly does not look into the values of examples, which are published all the same.
  return changes.length > 0 ? changes : [{ impact: 'patch', words: 'changed what redocly does not compare' }]
}

/** The first server is where events go by default. To redocly the order of servers has no meaning. */
function defaultServerChange(base: ApiDocument, revision: ApiDocument): Change[] {
  const [before, after] = [base, revision].map(({ servers }) => servers?.[0]?.url)
  return before === after ? [] : [{ impact: 'major', words: `the default server was ${before}, now ${after}` }]
}
