import { describe, expect, test } from 'vitest'
import { addressOf, queryOf, viewOf } from '../../../src/inspector/page/store/address.ts'
import { everything } from '../../../src/inspector/page/store/filter.ts'
import { Store } from '../../../src/inspector/page/store/store.ts'
import { attempt, click } from './attempts.ts'

const run = '0190f6f2-7c9b-7d2a-8a53-0c1c5e7d8f11'

function storeWith(...names: string[]): Store {
  const store = new Store()
  const exchanges = names.map((event, at) => attempt({ ...click, event }, { seq: at + 1 }))
  store.receive({ run, missed: 0, exchanges })
  return store
}

describe('the address of the page', () => {
  test('is bare while everything is shown', () => {
    expect(queryOf(storeWith('a'))).toBe('')
    expect(viewOf('')).toEqual({ filter: everything, event: undefined, attempt: undefined })
  })

  test('holds search, filters and choice, and gives them back', () => {
    const store = storeWith('a', 'b')
    const filter = {
      search: 'a "b c" &=ü',
      operation: 'trackEvent',
      status: '4xx',
      violationsOnly: true,
      category: 'AI & more',
      customerId: 'ada',
    }
    store.narrow(filter)
    store.choose(1, 0)
    expect(viewOf(queryOf(store))).toEqual({ filter, event: '0190f6f2.2', attempt: 0 })
  })

  test('tells events without a category from those of any', () => {
    const store = storeWith('a')
    store.narrow({ category: '' })
    expect(queryOf(store)).toBe('?category=')
    expect(viewOf('?category=').filter.category).toBe('')
    expect(viewOf('?').filter.category).toBeUndefined()
  })

  test('opens its event in a page that has it, now or when it arrives', () => {
    const [event] = storeWith('a').events
    const { event: link } = viewOf(new URL(addressOf(event as never, 'http://127.0.0.1:4010')).search)
    const has = storeWith('x', 'y')
    has.want(link)
    expect(has.chosenEvent?.title).toBe('x')
    const empty = new Store()
    empty.want(link)
    expect([empty.chosen, queryOf(empty)]).toEqual([undefined, '?event=0190f6f2.1'])
    empty.receive({ run, missed: 0, exchanges: [{ ...attempt(click), seq: 1 }] })
    expect(empty.chosenEvent?.title).toBe('button_click')
  })

  test.each(['?attempt=x&event=', '?attempt=-1', '?status&search', '?%zz'])(
    'takes %s for what it is worth',
    (query) => {
      expect(viewOf(query)).toMatchObject({ filter: everything, attempt: undefined })
    },
  )
})
