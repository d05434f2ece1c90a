import type { SentAnswer, Violation } from '../recording/exchange.ts'
import { isXml } from '../recording/headers.ts'
import { mend, withConcreteTypes, withoutXmlSchema } from './mend.ts'
import { readOperations } from './openapi-document.ts'
import {
  type Answer,
  type Operation,
  type Question,
  type Resource,
  answerOf,
  configOf,
  inputOf,
  notFound,
  operationOf,
  outputOf,
  silent,
  violationsOf,
} from './translate.ts'

export { isWithin } from './mend.ts'
export type { Answer, Operation, Question } from './translate.ts'

/** Prism, as far as the mock uses it. */
export interface Engine {
  readonly operations: readonly Operation[]
  /** Finds the violations of a request, and the answer of the OpenAPI document. */
  ask(operation: Operation, question: Question): Promise<Answer>
  /** Finds the violations of an answer of another server. */
  check(operation: Operation, answer: Omit<SentAnswer, 'violations'>): Promise<Violation[]>
}

// The answers to proper requests are few; a client that asks for ever new ones must not fill the memory.
const maxRemembered = 1000

type Instance = ReturnType<typeof import('@stoplight/prism-http').createInstance>

/** Loads Prism, which takes most of a second and is therefore not done when the package is imported. */
export async function loadEngine(file: string | object): Promise<Engine> {
  const { default: prism } = await import('@stoplight/prism-http')
  const resources = await readOperations(file, prism.getHttpOperationsFromSpec)
  return new PrismEngine(resources, {
    answering: prism.createInstance(configOf(), { logger: silent, route }),
    judging: (output) => prism.createInstance(configOf(), { logger: silent, route, mock: () => () => right(output) }),
  })
}

interface Instances {
  /** Answers from the OpenAPI document. */
  answering: Instance
  /** Judges requests and the answer that it is given. */
  judging: (output: { statusCode: number }) => Instance
}

class PrismEngine implements Engine {
  readonly operations: readonly Operation[]
  readonly #resources: ReadonlyMap<Operation, Resource>
  readonly #instances: Instances
  readonly #judge: Instance
  readonly #remembered = new Map<string, Answer>()

  constructor(resources: readonly Resource[], instances: Instances) {
    this.#resources = new Map(resources.map((resource) => [operationOf(resource), mend(resource)]))
    this.operations = [...this.#resources.keys()]
    this.#instances = instances
    this.#judge = instances.judging({ statusCode: 200 })
  }

  async ask(operation: Operation, question: Question): Promise<Answer> {
    const resource = withoutXmlSchema(this.#resourceOf(operation), question.headers)
    const violations = await this.#violationsOf(resource, question)
    if (violations.length > 0) return { ...(await this.#answerOf(resource, question)), violations }
    // The answer to a proper request depends on nothing else.
    const key = JSON.stringify([operation.id, question.status, question.example, question.headers['accept']])
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const answer = await this.#answerOf(resource, question)
    if (this.#remembered.size < maxRemembered) this.#remembered.set(key, answer)
    return answer
  }

  async check(operation: Operation, answer: Omit<SentAnswer, 'violations'>): Promise<Violation[]> {
    const resource = this.#resourceOf(operation)
    const question = { path: operation.path, headers: {}, body: undefined, checkBody: false, checkToken: false }
    const config = { ...configOf(question), validateResponse: true }
    const instance = this.#instances.judging(outputOf(answer))
    const result = await instance.request(inputOf(resource, question), [resource], config)()
    const violations = 'right' in result ? violationsOf(result.right.validations.output) : []
    return isXml(answer.headers) ? violations.filter(({ location }) => location !== 'body') : violations
  }

  async #violationsOf(resource: Resource, question: Question): Promise<Violation[]> {
    if (!question.checkBody && !question.checkToken) return []
    const result = await this.#judge.request(inputOf(resource, question), [resource], configOf(question))()
    return 'right' in result ? violationsOf(result.right.validations.input) : []
  }

  async #answerOf(resource: Resource, question: Question): Promise<Answer> {
    const asked = withConcreteTypes(resource, question.headers)
    const result = await this.#instances.answering.request(inputOf(asked, question), [asked], configOf(question))()
    return 'left' in result ? notFound(result.left) : answerOf(result.right.output)
  }

  #resourceOf(operation: Operation): Resource {
    const resource = this.#resources.get(operation)
    if (resource === undefined) throw new Error(`${operation.id} is not an operation of this document`)
    return resource
  }
}

/** Prism looks for the operation by the path; the front has found it by then. */
function route({ resources: [resource] }: { resources: Resource[] }) {
  return right(resource as Resource)
}

function right<T>(value: T): { _tag: 'Right'; right: T } {
  return { _tag: 'Right', right: value }
}
