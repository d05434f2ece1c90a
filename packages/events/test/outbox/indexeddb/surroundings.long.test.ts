import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Outbox } from '../../../src/index.ts'
import { missing, show, Site } from './browser.ts'

interface Told<T> {
  answer?: T
  error?: { name: string; message: string; problem?: string }
}

/** The globals of the page `store`, and those of a browser that are used here. */
interface Store {
  outbox: Outbox
  /** Those that have not rung: see `countTimers`. */
  timers: Set<number>
  append(name: string, body?: string): Promise<Told<string[]>>
  drain(): Promise<Told<string[]>>
}

const countTimers = `{
  const { setTimeout: start, clearTimeout: stop } = globalThis
  const timers = (globalThis.timers = new Set())
  globalThis.setTimeout = (ring, ms) => {
    const timer = start(() => (timers.delete(timer), ring()), ms)
    timers.add(timer)
    return timer
  }
  globalThis.clearTimeout = (timer) => (timers.delete(timer), stop(timer))
}`

let site: Site
beforeAll(async () => {
  if (missing === undefined) site = await Site.open(['store', 'tab'])
})
afterEach(() => site?.anew())
afterAll(() => site?.[Symbol.asyncDispose]())

function append(page: Page, name: string, body?: string): Promise<Told<string[]>> {
  return page.evaluate(([given, text]) => (globalThis as unknown as Store).append(given, text), [name, body] as const)
}

function drain(page: Page): Promise<Told<string[]>> {
  return page.evaluate(() => (globalThis as unknown as Store).drain())
}

/** Everything that is stored, as one text. */
function dump(page: Page): Promise<string> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const open = indexedDB.open('obsidian-events/events')
    open.onerror = () => reject(open.error)
    open.onsuccess = async () => {
      const names = [...open.result.objectStoreNames]
      const all = names.map((name) => new Promise((read) => {
        open.result.transaction(name).objectStore(name).getAll().onsuccess = ({ target }) => read([name, target.result])
      }))
      const text = JSON.stringify(await Promise.all(all))
      open.result.close()
      resolve(text)
    }
  })`)
}

describe.skipIf(missing !== undefined)('in a real Chromium', () => {
  test('without space new events are refused with what to do, and what is stored is still delivered', async () => {
    const page = await site.page('store')
    const session = await site.context.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 300_000 })
    const stored = ['a:1', 'b:1', 'a:2']
    for (const name of stored) expect(await append(page, name)).toEqual({ answer: ['stored'] })
    const { error } = await append(page, 'c:1', 'x'.repeat(1_000_000))
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'full', message: expect.stringContaining('free some') })
    // Until not even a few bytes more fit.
    for (const bytes of [50_000, 5_000, 500, 1]) {
      for (let isFull = false, tries = 0; !isFull; tries++) {
        const name = `d:${bytes}-${tries}`
        const told = await append(page, name, 'x'.repeat(bytes))
        isFull = told.error?.problem === 'full'
        if (told.answer) stored.push(name)
      }
    }
    expect((await drain(page)).answer?.toSorted()).toEqual(stored.toSorted())
    await session.send('Storage.overrideQuotaForOrigin', { origin: site.url })
    expect(await append(page, 'a:4')).toEqual({ answer: ['stored'] })
  })

  test('a database of a newer version is left as it is, and the page is to be reloaded', async () => {
    const page = await site.page('store')
    await page.evaluate(`new Promise((done) => {
      indexedDB.open('obsidian-events/events', 2).onsuccess = ({ target }) => { target.result.close(); done() }
    })`)
    const { error } = await append(page, 'a:1')
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'newer', message: expect.stringContaining('reload') })
  })

  test('a database of another program is left as it is', async () => {
    const page = await site.page('store')
    await page.evaluate(`new Promise((done) => {
      const open = indexedDB.open('obsidian-events/events', 1)
      open.onupgradeneeded = () => open.result.createObjectStore('theirs')
      open.onsuccess = () => { open.result.close(); done() }
    })`)
    const { error } = await append(page, 'a:1')
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'not-an-outbox' })
  })

  test('another page can bring the database to a newer version, and this one says so', async () => {
    const page = await site.page('store')
    await append(page, 'a:1')
    const newer = await site.page('store')
    await newer.evaluate(`new Promise((done) => {
      indexedDB.open('obsidian-events/events', 2).onsuccess = ({ target }) => { target.result.close(); done() }
    })`)
    expect((await append(page, 'a:2')).error).toMatchObject({ problem: 'newer' })
  })

  test('a database that is deleted under a page is made anew, and the page is told of what was in it', async () => {
    const page = await site.page('store')
    await page.evaluate(() => {
      const ended: unknown[] = []
      const news = { due: () => undefined, ended: (ends: readonly unknown[]) => void ended.push(...ends) }
      ;(globalThis as unknown as Store).outbox.watch?.(news)
      Object.assign(globalThis, { ended })
    })
    await append(page, 'a:1')
    await page.evaluate(`new Promise((done) => {
      indexedDB.deleteDatabase('obsidian-events/events').onsuccess = done
    })`)
    expect(await append(page, 'a:2')).toEqual({ answer: ['stored'] })
    expect(await page.evaluate('ended')).toEqual([{ customerId: 'a', id: 'a:1', kind: 'forgotten' }])
    expect(await drain(page)).toEqual({ answer: ['a:2'] })
  })

  test.each([
    [
      'blocks storage',
      `IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError') }`,
      { name: 'OutboxError', problem: 'missing', message: expect.stringContaining('Allow cookies and site data') },
    ],
    [
      'refuses a database in a private window',
      `IDBFactory.prototype.open = () => { throw new DOMException('no mutations', 'InvalidStateError') }`,
      { name: 'OutboxError', problem: 'missing', message: expect.stringContaining('Allow cookies and site data') },
    ],
    [
      'has no Web Locks',
      `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })`,
      { name: 'ConfigurationError', message: expect.stringContaining('by https') },
    ],
    [
      'has no IndexedDB',
      `Object.defineProperty(globalThis, 'indexedDB', { value: undefined })`,
      { name: 'ConfigurationError', message: expect.stringContaining('without an outbox') },
    ],
  ])('a browser that %s is told about, with what to do', async (_, script, error) => {
    await site.context.addInitScript(script)
    const page = await site.page('store')
    expect((await append(page, 'a:1')).error).toMatchObject(error)
  })

  test('without messages between tabs they see each other all the same, a little later', async () => {
    await site.context.addInitScript(`delete globalThis.BroadcastChannel`)
    const owner = await site.page('store')
    await append(owner, 'a:1')
    const other = await site.page('store')
    expect(await append(other, 'a:2')).toEqual({ answer: ['stored'] })
    expect(await drain(owner)).toEqual({ answer: ['a:1', 'a:2'] })
  })

  test('an outbox that is closed while it opens leaves no timer', async () => {
    await site.context.addInitScript(countTimers)
    const page = await site.page('store')
    const left = await page.evaluate(async () => {
      const store = globalThis as unknown as Store
      void store.append('a:1')
      await store.outbox.close()
      return store.timers.size
    })
    expect(left).toBe(0)
  })

  test('tabs that are closed after one has handed over what it had in flight leave no timer, and open nothing', async () => {
    await site.context.addInitScript(countTimers)
    const owner = await site.page('store')
    await append(owner, 'a:1')
    await owner.evaluate(async () => {
      const { outbox } = globalThis as unknown as Store
      await outbox.claim(1, 60_000, 'oldest')
    })
    await show(owner, 'hidden')
    const other = await site.page('store')
    await append(other, 'b:1')
    await vi.waitFor(async () => expect(await drain(other)).toEqual({ answer: ['b:1'] }), { timeout: 60_000 })
    await other.evaluate(`(() => {
      globalThis.opened = 0
      const { open } = IDBFactory.prototype
      IDBFactory.prototype.open = function (...given) {
        globalThis.opened++
        return open.apply(this, given)
      }
      return outbox.close()
    })()`)
    const left = await owner.evaluate(async () => {
      const { outbox, timers } = globalThis as unknown as Store
      await outbox.close()
      return timers.size
    })
    const opened = await other.evaluate(`new Promise((passed) => setTimeout(() => passed(globalThis.opened), 200))`)
    expect([left, opened]).toEqual([0, 0])
  })

  test('calls of one tick share one transaction, which the disk confirms before they are answered', async () => {
    const page = await site.page('store')
    await append(page, 'a:0')
    await page.evaluate(`{
      const { transaction } = IDBDatabase.prototype
      globalThis.made = []
      IDBDatabase.prototype.transaction = function (names, mode, options) {
        const made = transaction.call(this, names, mode, options)
        if (mode === 'readwrite') made.addEventListener('complete', () => globalThis.made.push(options.durability))
        return made
      }
    }`)
    const told = await page.evaluate(async () => {
      const store = globalThis as unknown as Store
      const all = Array.from({ length: 100 }, (_, at) => store.append(`c:${at}`))
      return { first: await all[0], made: Reflect.get(globalThis, 'made') as string[] }
    })
    expect(told).toEqual({ first: { answer: ['stored'] }, made: ['strict'] })
  })

  test('as many ids are remembered as asked for, the newest ones, and with their data', async () => {
    const page = await site.context.newPage()
    await page.goto(`${site.url}/store.html?remember=2`)
    for (const name of ['a:1', 'a:2', 'a:3']) {
      await append(page, name)
      await drain(page)
    }
    expect(await append(page, 'a:3')).toEqual({ answer: ['done'] })
    expect(await append(page, 'a:3', '{"other":1}')).toEqual({ answer: ['taken'] })
    expect(await append(page, 'a:2')).toEqual({ answer: ['done'] })
    expect(await append(page, 'a:1')).toEqual({ answer: ['stored'] })
  })

  test('a customer who is forgotten leaves nothing behind, and nobody else is touched', async () => {
    const page = await site.page('store')
    await append(page, 'a:delivered', '{"secret of a":1}')
    await drain(page)
    await append(page, 'a:dead', '{"secret of a":2}')
    await page.evaluate(async () => {
      const { outbox } = globalThis as unknown as Store
      const claims = await outbox.claim(1, 60_000, 'oldest')
      const verdict = { kind: 'dead', reason: 'refused', attempts: 1, status: 400, detail: 'secret of a' } as const
      for (const claim of claims) await outbox.settle([[claim, verdict]])
    })
    await append(page, 'a:tried', '{"secret of a":3}')
    await page.evaluate(async () => {
      const { outbox } = globalThis as unknown as Store
      for (const claim of await outbox.claim(1, 60_000, 'oldest'))
        await outbox.settle([[claim, { kind: 'retry', afterMs: 0 }]])
    })
    await append(page, 'b:pending')
    expect(await dump(page)).toContain('secret of a')
    await page.evaluate(async () => (globalThis as unknown as Store).outbox.forget('a'))
    const left = await dump(page)
    expect(left).not.toContain('secret')
    expect(left).not.toMatch(/a:|"a"/)
    expect(left).toContain('b:pending')
  })
})
