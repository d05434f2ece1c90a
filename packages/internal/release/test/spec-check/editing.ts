import { readFileSync } from 'node:fs'
import { type Document, parseDocument } from 'yaml'
import type { Bump } from '../../src/spec-check/bump.ts'
import type { ApiDocument } from '../../src/spec-check/document.ts'
import { root } from '@obsidianlaunch/testkit/workspace'

/** One edit of the API document and what it means for the users of the packages, as the bump of a version from 1.0 on. */
export interface Edit {
  bump: Bump | undefined
  /** Makes the OpenAPI document of the base from the real one, where that lacks what is edited. */
  before?: Step
  step: Step
}

type Step = (document: Document) => void
type Path = readonly (string | number)[]

export const schemas = ['components', 'schemas']
export const customer = [...schemas, 'IdentifyCustomer']
export const event = [...schemas, 'TrackEvent']
export const answer = [...schemas, 'Answer']
export const responses = ['components', 'responses']
export const track = ['paths', '/events/test', 'post']
export const trackInProduction = ['paths', '/events', 'post']
export const trackBody = [...track, 'requestBody', 'content']

export const set =
  (path: Path, value: unknown): Step =>
  (document) =>
    document.setIn(path, document.createNode(value))

export const add =
  (path: Path, value: unknown): Step =>
  (document) =>
    document.addIn(path, document.createNode(value))

export const remove =
  (path: Path): Step =>
  (document) =>
    void document.deleteIn(path)

export const copy =
  (from: Path, to: Path): Step =>
  (document) =>
    document.setIn(to, document.getIn(from))

export const all =
  (...steps: Step[]): Step =>
  (document) => {
    for (const step of steps) step(document)
  }

/** A field that an event may have, and one that it must have. */
const region = [...event, 'properties', 'region']
export const optionalRegion = set(region, { type: 'string', description: "The customer's region." })
export const requiredRegion = all(optionalRegion, add([...event, 'required'], 'region'))

export const move = (from: Path, to: Path): Step => all(copy(from, to), remove(from))

const text = readFileSync(`${root}/spec/openapi.yaml`, 'utf8')

/** The real document, edited. */
export function edited(...steps: (Step | undefined)[]): string {
  const document = parseDocument(text)
  for (const step of steps) step?.(document)
  return document.toString()
}

/** The OpenAPI document at the base, and as the edit leaves it. */
export function bothSides({ before, step }: Edit): [base: ApiDocument, revision: ApiDocument] {
  const document = parseDocument(text)
  before?.(document)
  const base = document.toJS() as ApiDocument
  step(document)
  return [base, document.toJS() as ApiDocument]
}
