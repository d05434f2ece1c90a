import { type Outbox, type OutboxUnderTest, outboxCases } from '../../../../src/outbox/kit/kit.ts'

/** The part of a page's interface that is used here. */
interface Frame {
  src: string
  addEventListener(name: 'load', listener: () => void): void
  contentWindow: { openOutbox(name: string): Outbox }
  remove(): void
}

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

async function make(): Promise<OutboxUnderTest> {
  const name = `kit-${made++}`
  const first = await openFrame(name)
  const frames = [first.frame]
  return {
    outbox: first.outbox,
    reopen: async () => {
      for (const frame of frames.splice(0)) frame.remove()
      // The browser lets the locks of the dead go in a moment.
      await navigator.locks.request(`obsidian-events/${name}`, () => undefined)
      const next = await openFrame(name)
      frames.push(next.frame)
      return next.outbox
    },
    dispose: () => {
      for (const frame of frames) frame.remove()
    },
  }
}

const cases = outboxCases({ durable: true })

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
