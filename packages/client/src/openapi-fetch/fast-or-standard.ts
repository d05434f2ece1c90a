import type { EventsClient } from '../options.ts'
import { isLight, withLightParts } from './fast-parts.ts'

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'] as const

type Call = (path: string, init?: object) => unknown
interface Callable {
  request: (method: string, ...call: Parameters<Call>) => unknown
}

/** A client that goes the light way where it leads, and the standard one where the caller wants to see real requests. */
export function lightOrStandard(light: EventsClient, make: () => EventsClient, isReady: () => boolean): EventsClient {
  const middlewares = new Set<unknown>()
  let made: EventsClient | undefined
  // Making it loads the platform's fetch.
  const standard = () => (made ??= make())
  const call: Callable['request'] = (method, path, init = {}) => {
    if (middlewares.size > 0 || !isLight(init) || !isReady()) {
      return (standard() as unknown as Callable).request(method, path, init)
    }
    try {
      return (light as unknown as Callable).request(method, path, withLightParts(init))
    } catch (thrown) {
      // The caller's own code, which serialises the body.
      return Promise.reject(thrown)
    }
  }
  const calls = methods.map((method): [string, Call] => [method, (path, init) => call(method, path, init)])
  return {
    ...Object.fromEntries(calls),
    request: call,
    use: (...added) => {
      standard().use(...added)
      for (const middleware of added) middlewares.add(middleware)
    },
    eject: (...removed) => {
      standard().eject(...removed)
      for (const middleware of removed) middlewares.delete(middleware)
    },
  } as EventsClient
}
