import { defaultBaseUrl, tokenProblem } from '@obsidianlaunch/events-client/core'
import { exitCodes, Failure } from './failure.ts'
import type { Shell } from './shell.ts'

/** True if EVENT_TRACKING_ENABLED is false. */
export function isDisabled({ env }: Shell): boolean {
  return env['EVENT_TRACKING_ENABLED']?.trim().toLowerCase() === 'false'
}

/** @throws Failure that says where a token comes from */
export function projectToken({ env }: Shell): string {
  const token = env['EVENT_TRACKING_AUTH_TOKEN']
  const problem = tokenProblem(token)
  if (problem === undefined) return token as string
  throw new Failure(
    `EVENT_TRACKING_AUTH_TOKEN ${problem}. Set it to your project token, or name a file that sets it: --dotenv .env`,
    exitCodes.configuration,
    'configuration',
  )
}

export function environmentOf({ options, env }: Shell): string {
  return options.environment ?? (env['EVENT_TRACKING_ENVIRONMENT']?.trim().toLowerCase() || 'test')
}

export function baseUrlOf({ options, env }: Shell): string {
  return options.baseUrl ?? (env['EVENT_TRACKING_BASE_URL']?.trim() || defaultBaseUrl)
}
