import type { EventsClient } from './options.ts'
import { withLightParts } from './light-parts.ts'

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'] as const

/** What a light request knows how to do. Anything else that a call asks for (middleware, a fetch, `redirect`) it does not. */
const lightOptions = new Set([
  'baseUrl',
  'params',
  'body',
  'headers',
  'signal',
  'parseAs',
  'bodySerializer',
  'querySerializer',
  'pathSerializer',
])

const isLightOption = (name: string) => lightOptions.has(name)

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
  const isLight = (init: object) => middlewares.size === 0 && Object.keys(init).every(isLightOption) && isReady()
  const lightly: Callable['request'] = (method, path, init = {}) => {
    try {
      return (light as unknown as Callable).request(method, path, withLightParts(init))
    } catch (thrown) {
      // The caller's own code, which serialises the body.
      return Promise.reject(thrown)
    }
  }
  const call: Callable['request'] = (method, path, init = {}) =>
    isLight(init) ? lightly(method, path, init) : (standard() as unknown as Callable).request(method, path, init)
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
