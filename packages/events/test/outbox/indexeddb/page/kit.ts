import { type Outbox, type OutboxUnderTest, outboxCases } from '../../../../src/outbox/kit/kit.ts'

/** The part of a page's interface that is used here. */
interface Frame {
  src: string
  addEventListener(name: 'load', listener: () => void): void
  contentWindow: { openOutbox(name: string): Outbox }
  remove(): void
}

interface Request<T> {
  result: T
  addEventListener(name: 'success', listener: () => void): void
}
interface Table {
  getAll(): Request<{ at: number }[]>
  put(row: object): Request<unknown>
}
interface Database {
  transaction(name: string, mode: 'readwrite'): { objectStore(name: string): Table }
  close(): void
}

declare const indexedDB: { open(name: string): Request<Database> }
declare const document: { createElement(name: 'iframe'): Frame; body: { append(frame: Frame): void } }
declare const navigator: { locks: { request(name: string, use: () => void): Promise<void> } }

let made = 0

/** An outbox in a document of its own. */
async function openFrame(name: string): Promise<{ outbox: Outbox; frame: Frame }> {
  const frame = document.createElement('iframe')
  frame.src = '/frame.html'
  document.body.append(frame)
  await new Promise<void>((loaded) => frame.addEventListener('load', loaded))
  return { outbox: frame.contentWindow.openOutbox(name), frame }
}

const remembersMs = 24 * 3_600_000
/** Longer than a case really waits. */
const longMs = 3_600_000

async function pass(name: string, ms: number): Promise<void> {
  if (ms < longMs) await new Promise<void>((passed) => setTimeout(passed, ms))
  else await age(name, ms)
}

/** Makes what is remembered older. */
async function age(name: string, ms: number): Promise<void> {
  const database = await answered(indexedDB.open(`obsidian-events/${name}`))
  const table = database.transaction('delivered', 'readwrite').objectStore('delivered')
  const rows = await answered(table.getAll())
  for (const row of rows) await answered(table.put({ ...row, at: row.at - ms }))
  database.close()
}

function answered<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve) => request.addEventListener('success', () => resolve(request.result)))
}

async function make(): Promise<OutboxUnderTest> {
  const name = `kit-${made++}`
  const frames = new Map<Outbox, Frame>()
  const open = async (): Promise<Outbox> => {
    const { outbox, frame } = await openFrame(name)
    frames.set(outbox, frame)
    return outbox
  }
  const kill = (outbox: Outbox): void => {
    frames.get(outbox)?.remove()
    frames.delete(outbox)
  }
  return {
    outbox: await open(),
    pass: (ms) => pass(name, ms),
    another: open,
    kill,
    reopen: async () => {
      for (const outbox of frames.keys()) kill(outbox)
      // The browser lets the locks of the dead go in a moment.
      await navigator.locks.request(`obsidian-events/${name}`, () => undefined)
      return open()
    },
    dispose: () => {
      for (const outbox of frames.keys()) kill(outbox)
    },
  }
}

const cases = outboxCases({ durable: true, shared: true, remembersMs })

/** Runs one case. @returns what is wrong, if anything */
async function runCase(name: string): Promise<string | undefined> {
  try {
    await cases.find((each) => each.name === name)?.run(make)
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

Object.assign(globalThis, { runCase })
