import { listOf, nearestTo } from './describe.ts'
import type { AnyExchange } from './exchange.ts'
import { brief, isLike } from './pattern.ts'
import type { Recorder } from './recorder.ts'
import type { WaitOptions } from './view.ts'

export type Wanted = object | ((exchange: AnyExchange) => boolean)

/** Resolves with the exchange that was wanted, which may have arrived already or is still to come. */
export function waitFor(
  recorder: Recorder,
  wanted: Wanted,
  { timeoutMs = 5000, times = 1 }: WaitOptions,
  isPart: boolean,
): Promise<AnyExchange> {
  // Made here, where the stack still leads to the test.
  const late = new Error()
  const isWanted = typeof wanted === 'function' ? wanted : (exchange: AnyExchange) => isLike(wanted, exchange)
  return new Promise((resolve, reject) => {
    let found = 0
    const end = (answer: () => void) => {
      clearTimeout(timer)
      unsubscribe()
      answer()
    }
    const look = (exchange: AnyExchange): boolean => {
      try {
        if (isWanted(exchange)) found += 1
        if (found === times) end(() => resolve(exchange))
      } catch (error) {
        end(() => reject(error))
        return true
      }
      return found === times
    }
    const timer = setTimeout(() => {
      const message = `Waited ${timeoutMs} ms for ${wish(wanted, times, found)}\n${state(wanted, recorder, isPart)}`
      end(() => reject(named(late, message)))
    }, timeoutMs)
    const unsubscribe = recorder.subscribe(look)
    recorder.exchanges.some(look)
  })
}

function wish(wanted: Wanted, times: number, found: number): string {
  const what = typeof wanted === 'function' ? 'what the predicate wants' : brief(wanted)
  return times === 1 ? what : `${times} times ${what}, found ${found}`
}

function state(wanted: Wanted, { exchanges }: Recorder, isPart: boolean): string {
  const nearest = typeof wanted === 'function' ? undefined : nearestTo(wanted, exchanges)
  const differences = nearest?.comparison.differences ?? []
  const line = differences.length > 0 ? `The nearest was #${nearest?.exchange.seq}: ${differences.join('; ')}\n` : ''
  return line + listOf(exchanges, isPart)
}

function named(error: Error, message: string): Error {
  const [, ...frames] = (error.stack ?? '').split('\n')
  error.name = 'TimeoutError'
  error.message = message
  error.stack = [`TimeoutError: ${message}`, ...frames].join('\n')
  return error
}
