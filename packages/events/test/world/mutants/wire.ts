import type { Mutant } from './mutant.ts'

export const mutants: readonly Mutant[] = [
  {
    breaks: 'Some requests go out under an id of their own.',
    file: 'http/send.ts',
    find: 'idempotencyKey: id,',
    replace: "idempotencyKey: id.endsWith('7') ? `${id}-again` : id,",
  },
  {
    breaks: 'A token that the API echoes is not taken out of the body of its answer.',
    file: 'token/token-keeper.ts',
    find: 'redactBody(body: string, used: string | null): string {',
    replace: 'redactBody(body: string, used: string | null): string {\n    if (used !== null) return body',
  },
  {
    breaks: 'What the token function throws is shown as it is.',
    file: 'token/token-keeper.ts',
    find: '.catch((thrown: unknown) => Promise.reject(this.redactError(thrown)))',
    replace: '',
  },
  {
    breaks: 'Under the identity of one customer the events of all are sent.',
    file: 'http/send.ts',
    find: 'this.#tokens.ask(customerId).catch(',
    replace: "this.#tokens.ask('customer 0').catch(",
  },
  {
    breaks: 'A body that is cut makes a success a failure.',
    file: 'http/answer.ts',
    find: "return textOf(response, signal).catch(() => '')",
    replace: 'return textOf(response, signal)',
  },
]
