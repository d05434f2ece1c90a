import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { readOutbox } from '@obsidianlaunch/events/sqlite'
import { Local } from '@obsidianlaunch/testkit/listen'
import { expect, test } from 'vitest'

const customers = ['alice', 'bob', 'carol']
const program = join(import.meta.dirname, '../../src/service.ts')

/** A vendor that answers whatever it is asked, and remembers when. */
async function startVendor(asked: string[]): Promise<Local> {
  const vendor = new Local(
    createServer((incoming, response) => {
      asked.push(incoming.url ?? '')
      incoming.resume().on('end', () => response.end('ok'))
    }),
  )
  await vendor.listen()
  return vendor
}

interface Service {
  readonly url: string
  readonly process: ChildProcess
}

async function startService(env: Record<string, string>): Promise<Service> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { url, process: child }
}

/** Works for each customer, one request behind the other, until the service is gone or all is done. */
async function work(url: string, from: number, to: number): Promise<void> {
  const works = customers.map(async (customer) => {
    for (let number = from; number < to; number++) {
      await fetch(`${url}/?number=${customer}-${number}`, { headers: { 'x-customer': customer } })
    }
  })
  await Promise.allSettled(works)
}

function eventsOf(mock: Mock, customer: string): { id: string; name: string; property: unknown }[] {
  const seen = new Set<string>()
  return mock.good.flatMap(({ operation, id, body, status }) => {
    if (operation !== 'trackEvent' || status !== 200 || body.customer_id !== customer) return []
    if (id === undefined || seen.has(id)) return []
    seen.add(id)
    return [{ id, name: (body as { event: string }).event, property: (body as { property: unknown }).property }]
  })
}

/** The events of a customer as words: the name, and the report of a mail. */
function told(mock: Mock, customer: string): string[] {
  return eventsOf(mock, customer).map(({ name, property }) => {
    const { path } = property as { path?: string }
    return path === undefined ? name : `${name} ${path}`
  })
}

/** The number of the first work that the second service does. */
const secondFrom = 100_000

/** Tells whose work it was: what the first one has asked at last may be read after its end. */
function isOfSecond(path: string): boolean {
  return Number(/\d+$/.exec(path)?.[0]) >= secondFrom
}

/** The events that the calls of vendors for a customer become. */
function expected(asked: readonly string[], customer: string): string[] {
  const own = asked.filter((path) => path.includes(`${customer}-`))
  return own.map((path) => (path.startsWith('/reports/') ? `Mail Sent ${path}` : 'Model Call'))
}

test('of a service that is killed in the middle each call of a vendor that was stored arrives: under its customer, in order, under one id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'costs-'))
  const asked: string[] = []
  await using model = await startVendor(asked)
  await using mail = await startVendor(asked)
  const mock = await startMock()
  const outbox = join(folder, 'events.db')
  const env = {
    MODEL_URL: model.url,
    MAIL_URL: mail.url,
    OUTBOX: outbox,
    EVENT_TRACKING_AUTH_TOKEN: 'obsidian',
    EVENT_TRACKING_BASE_URL: mock.url,
  }
  const first = await startService(env)
  const working = work(first.url, 0, secondFrom)
  for (const customer of customers) await expect.poll(() => eventsOf(mock, customer).length).toBeGreaterThan(0)
  // From here on all stays in the outbox, so that it is not empty when the process dies.
  mock.fail([{ status: 503, times: Infinity }])
  const before = asked.length
  await expect.poll(() => asked.length, { interval: 5 }).toBeGreaterThan(before + 150)
  first.process.kill('SIGKILL')
  await once(first.process, 'exit')
  await working
  mock.fail([])
  const delivered = customers.flatMap((customer) => eventsOf(mock, customer)).length
  const { pending } = await readOutbox(outbox)
  expect(pending).toBeGreaterThan(0)

  const second = await startService(env)
  await work(second.url, secondFrom, secondFrom + 20)
  await expect.poll(async () => (await readOutbox(outbox)).pending).toBe(0)
  second.process.kill('SIGTERM')
  await once(second.process, 'exit')

  const [askedOfFirst, askedOfSecond] = [asked.filter((path) => !isOfSecond(path)), asked.filter(isOfSecond)]
  expect(askedOfSecond).toHaveLength(customers.length * 40)
  const arrived = customers.flatMap((customer) => eventsOf(mock, customer)).length
  // One that was delivered, but whose end the dying process had not noted yet, is in both.
  expect(arrived - askedOfSecond.length).toBeGreaterThanOrEqual(Math.max(delivered, pending))
  for (const customer of customers) {
    const events = told(mock, customer)
    const earlier = events.slice(0, -40)
    expect(events.slice(-40)).toEqual(expected(askedOfSecond, customer))
    expect(earlier).toEqual(expected(askedOfFirst, customer).slice(0, earlier.length))
    // Only what was not stored yet when the process died may be missing: its last moments.
    expect(earlier.length).toBeGreaterThan(0)
  }
  await mock.close()
  await rm(folder, { recursive: true })
})
