import type { Entry } from './contenders/index.ts'

/** A contender under load: `send` resolves when so many more events have been delivered. */
export interface Load {
  send(count: number): Promise<void>
  track(customer: string): void
}

export async function underLoad({ open, atOnce }: Entry, url: string): Promise<Load> {
  let left = 0
  let toSend = 0
  let done: (() => void) | undefined
  let customers = 0
  const contender = await open(url, () => {
    if (toSend > 0) next()
    if (--left === 0) done?.()
  })
  const next = () => {
    toSend--
    contender.track(`customer-${customers++ % 5_000}`)
  }
  return {
    track: (customer) => contender.track(customer),
    send(count) {
      left = count
      toSend = count
      const finished = new Promise<void>((resolve) => (done = resolve))
      for (let n = Math.min(atOnce, count); n > 0; n--) next()
      return finished
    },
  }
}
