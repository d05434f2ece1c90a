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

const cases = outboxCases({ durable: true, shared: true })

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
