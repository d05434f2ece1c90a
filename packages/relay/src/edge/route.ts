import { operationPaths } from '@obsidianlaunch/events-client/core'
import type { Environment, Operation } from '@obsidianlaunch/events'
import { Refusal } from './refusal.ts'

/** One of the API's paths. */
export interface Route {
  readonly operation: Operation
  readonly environment: Environment
}

const routes = new Map<string, Route>(
  Object.entries(operationPaths).map(([name, path]) => [
    path,
    {
      operation: name.replace(/InProduction$/, '') as Operation,
      environment: name.endsWith('InProduction') ? 'production' : 'test',
    },
  ]),
)

/** The path behind the relay's base path, without a slash at its end; undefined where it is not behind it. */
export function pathBehind(basePath: string, pathname: string): string | undefined {
  if (basePath !== '' && pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return undefined
  return pathname.slice(basePath.length).replace(/\/$/, '')
}

/**
 * @param environment of the relay: a relay has one, as its tracker has
 * @param basePath behind which it stands
 */
export function routeOf(path: string | undefined, environment: Environment, basePath: string): Route | Refusal {
  const route = path === undefined ? undefined : routes.get(path)
  if (route === undefined) {
    const known = [...routes].filter(([, one]) => one.environment === environment)
    const calls = known.map(([name]) => `POST ${basePath}${name}`)
    return new Refusal('not-found', `The calls of the API are here: ${calls.join(' and ')}.`)
  }
  if (route.environment === environment) return route
  return new Refusal(
    'not-found',
    `This path belongs to the ${route.environment} environment, and this relay sends to the ${environment} environment: ` +
      'set EVENT_TRACKING_ENVIRONMENT at the client or at the relay.',
  )
}
