import { expect, test } from 'vitest'
import { mappingFrom } from '../../../src/import/formats/field-map.ts'
import { read } from './records.ts'

const maps = (...given: readonly string[]) =>
  given.reduce<ReturnType<typeof mappingFrom>>((before, each) => mappingFrom(each, before), [])
const one = async (line: object | string, ...given: readonly string[]) => {
  const text = typeof line === 'string' ? line : JSON.stringify(line)
  const map = given.length === 0 ? {} : { map: maps(...given) }
  const [record] = await read(text, map)
  return record?.fields ?? record?.problem
}

test('members join the field that they belong to, whichever --map comes first, and replace those of their names', async () => {
  const line = { customer_id: 'a', event: 'x', props: { a: 1, deep: { b: 2 } }, at: 3 }
  const expected = { customer_id: 'a', event: 'x', property: { a: 3, deep: { b: 2, c: 3 } } }
  const members = ['property.a=at', 'property.deep.c=at']
  expect(await one(line, 'property=props', ...members)).toEqual(expected)
  expect(await one(line, ...members, 'property=props')).toEqual(expected)
  const rows = 'customer_id,event,at,props\na,x,3,"{""a"":1,""deep"":{""b"":2}}"\nb,x,3,\nc,x,3,[]\n'
  expect(await read(rows, { format: 'csv', map: maps('property.a:number=at', 'property=props') })).toEqual([
    { line: 2, fields: { customer_id: 'a', event: 'x', property: { a: 3, deep: { b: 2 } } } },
    { line: 3, fields: { customer_id: 'b', event: 'x', property: { a: 3 } } },
    { line: 4, problem: 'property is no object, so it cannot have property.a' },
  ])
})

test('members join a field that is named as the API names it, and what the file has stays as it is', async () => {
  const line = { customer_id: 'a', event: 'x', property: { a: 1, b: { c: 1 } }, at: 3 }
  expect(await one(line, 'property.b.c=at', 'property.d.e=property.b.c')).toEqual({
    customer_id: 'a',
    event: 'x',
    property: { a: 1, b: { c: 3 }, d: { e: 1 } },
  })
  expect(await one({ ...line, property: 'text' }, 'property.c=at')).toBe(
    'property is no object, so it cannot have property.c',
  )
  expect(await one({ ...line, property: null, category: null }, 'property.c=at')).toEqual({
    customer_id: 'a',
    event: 'x',
    property: { c: 3 },
  })
})

test('a line that says which call it is takes only the fields of that call', async () => {
  const map = ['customer_id=user', 'property.at=at', 'email=mail', 'type=kind']
  const line = { user: 'a', event: 'x', mail: 'a@example.com', at: 1 }
  expect(await one({ ...line, kind: 'identify' }, ...map)).toEqual({
    type: 'identify',
    customer_id: 'a',
    email: 'a@example.com',
  })
  expect(await one({ ...line, kind: 'track' }, ...map)).toEqual({
    type: 'track',
    customer_id: 'a',
    event: 'x',
    property: { at: 1 },
  })
  const rows = 'kind,user,event,at,mail\nidentify,a,,1,a@example.com\ntrack,a,x,1,\n'
  expect(await read(rows, { format: 'csv', map: maps(...map) })).toEqual([
    { line: 2, fields: { type: 'identify', customer_id: 'a', email: 'a@example.com' } },
    { line: 3, fields: { type: 'track', customer_id: 'a', event: 'x', property: { at: '1' } } },
  ])
  // Nobody has said so here, so it is a mistake that is told.
  expect(await one(line, ...map)).toMatchObject({ email: 'a@example.com' })
})

const numbers = (n: string) => `{"user":"a","event":"x","props":{"n":${n},"list":[${n}]},"other":${n}}`

test('a number of 64 bits is told only where it would be sent, with the --map that makes text of it', async () => {
  const big = '1766327969459007199'
  expect(await one(numbers(big), 'customer_id=user')).toEqual({ customer_id: 'a', event: 'x' })
  expect(await one(numbers(big), 'customer_id:text=other', 'property.n:text=props.n')).toEqual({
    customer_id: big,
    event: 'x',
    property: { n: big },
  })
  expect(await one(numbers(big), 'customer_id=user', 'property=props')).toBe(
    `${big} would be rounded: write it as text, in quotes, or let --map property.n:text=props.n do so`,
  )
  expect(await one(numbers('1e400'), 'customer_id=user', 'property.m=other')).toBe(
    '1e400 is too large for a number: write it as text, in quotes, or let --map property.m:text=other do so',
  )
  expect(await one(numbers(big), 'customer_id=user', 'property.l=props.list')).toBe(
    `${big} would be rounded: write it as text, in quotes`,
  )
  // Text of such digits is text.
  expect(await one(numbers(`"${big}"`), 'customer_id=user', 'property.n=other')).toMatchObject({ property: { n: big } })
})
