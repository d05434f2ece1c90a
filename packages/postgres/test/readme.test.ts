import { expect, test } from 'vitest'
import { enqueueStatement, postgresOutbox } from '../src/index.ts'
import { readme } from './support/readme.ts'

const options: [name: string, call: (options: object) => unknown][] = [
  ['postgresOutbox', (given) => postgresOutbox('postgres://127.0.0.1:1/nowhere', given)],
  ['enqueue', (given) => enqueueStatement([], given)],
]

test.each(options)('every option of %s is in the README, and no other', (name, call) => {
  const [, known = ''] = /known are (.*)$/.exec(messageOf(() => call({ noSuchOption: 1 }))) ?? []
  const [, table = ''] = readme.split(`\n| option of \`${name}\` |`)
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2)
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(known.split(', ').map((option) => `\`${option}\``))
})

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (thrown) {
    return (thrown as Error).message
  }
  return 'it was taken'
}
