import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { currentCustomer, withCustomer } from '../../src/context.ts'
import { ConfigurationError, ValidationError } from '../../src/index.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

async function seenLater(): Promise<string | undefined> {
  await turn()
  await Promise.all([turn(), turn()])
  return currentCustomer()
}

function fail(): never {
  throw new Error('of its own')
}

/** Stands for the function that a framework gives its middleware. */
function next(_error?: Error): void {}

describe('A customer in context', () => {
  test('is there within the function, and nowhere else', () => {
    expect(currentCustomer()).toBe(undefined)
    expect(withCustomer('user123', currentCustomer)).toBe('user123')
    expect(currentCustomer()).toBe(undefined)
  })

  test('is there after each await, for each of those that run at once', async () => {
    const customers = Array.from({ length: 50 }, (_, n) => `user${n}`)
    expect(await Promise.all(customers.map((id) => withCustomer(id, seenLater)))).toEqual(customers)
  })

  test('gives way to another one within it, and is back afterwards', async () => {
    await withCustomer('outer', async () => {
      const inner = withCustomer('inner', seenLater)
      expect(currentCustomer()).toBe('outer')
      expect(await inner).toBe('inner')
      expect(currentCustomer()).toBe('outer')
    })
  })

  test.each([null, undefined])('is nobody within withCustomer(%s), and is back afterwards', async (nobody) => {
    await withCustomer('user123', async () => {
      expect(await withCustomer(nobody, seenLater)).toBe(undefined)
      expect(currentCustomer()).toBe('user123')
    })
  })

  test('is as it was after a function that throws, or rejects', async () => {
    await withCustomer('outer', async () => {
      expect(() => withCustomer('inner', fail)).toThrow('of its own')
      await expect(withCustomer('inner', async () => fail())).rejects.toThrow('of its own')
      expect(currentCustomer()).toBe('outer')
    })
  })

  test('lets through what the function returns, with its type', () => {
    expect(withCustomer('user123', () => 7)).toBe(7)
    expectTypeOf(withCustomer('user123', () => 7)).toEqualTypeOf<number>()
    expectTypeOf(withCustomer(null, async () => 'x')).toEqualTypeOf<Promise<string>>()
    expectTypeOf(currentCustomer()).toEqualTypeOf<string | undefined>()
    const user = { id: 'user123' } as { id?: string } | undefined
    expectTypeOf(withCustomer(user?.id, next)).toEqualTypeOf<void>()
    // @ts-expect-error -- an id is text
    withCustomer(7, next)
    // @ts-expect-error -- the id is not optional: somebody is meant, or nobody
    expect(() => withCustomer(next)).toThrow(ValidationError)
  })
})

describe('Bad input', () => {
  test.each([undefined, null, 'text', Promise.resolve()])(
    'what is no function (%s) is refused, and the message says what to give',
    (callback) => {
      const call = () => withCustomer('user123', callback as never)
      expect(call).toThrow(ValidationError)
      expect(call).toThrow('callback must be a function that runs for the customer')
    },
  )

  test.each(['', ' \n', 7, {}, ['user123'], true, Symbol('user123')])(
    'an id that is none (%s) fails no request: the function runs',
    (id) => {
      expect(withCustomer(id as string, () => 'answered')).toBe('answered')
    },
  )
})

describe('The module', () => {
  test('knows the customer of another copy of itself', async () => {
    vi.resetModules()
    const copy = await import('../../src/context.ts')
    expect(copy.withCustomer).not.toBe(withCustomer)
    expect(withCustomer('user123', () => copy.currentCustomer())).toBe('user123')
    expect(copy.withCustomer('user456', currentCustomer)).toBe('user456')
    expect(copy.withCustomer('user456', () => withCustomer(null, () => copy.currentCustomer()))).toBe(undefined)
  })

  test('takes what Next.js’s edge runtime has', async () => {
    vi.stubGlobal('process', {})
    vi.stubGlobal('AsyncLocalStorage', AsyncLocalStorage)
    const { other, forget } = await freshModule()
    expect(other.withCustomer('user123', other.currentCustomer)).toBe('user123')
    forget()
  })

  test('is loaded where the run time has no contexts, and says at a call what to do', async () => {
    vi.stubGlobal('process', {})
    const { other, forget } = await freshModule()
    expect(other.currentCustomer()).toBe(undefined)
    const { ConfigurationError: Refusal } = await import('../../src/index.ts')
    expect(() => other.withCustomer('user123', () => 7)).toThrow(Refusal)
    expect(() => other.withCustomer('user123', () => 7)).toThrow('nodejs_compat')
    expect(Refusal.name).toBe(ConfigurationError.name)
    forget()
  })
})

/** The module as it is before anybody has used it; until it is forgotten. */
async function freshModule() {
  const key = Symbol.for('@obsidianlaunch/events:customers')
  const globals = globalThis as { [key]?: unknown }
  const used = globals[key]
  delete globals[key]
  vi.resetModules()
  const other = await import('../../src/context.ts')
  return { other, forget: () => void (globals[key] = used) }
}
