import { EventTracker } from '@obsidianlaunch/events'
import { operationPaths } from '@obsidianlaunch/events-client/core'
import { exitCodes, failureFrom } from '../terminal/failure.ts'
import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { age, plain } from '../terminal/text.ts'
import { reasonOf } from './check-network.ts'
import { type Finding, failure, ok, skipped, warning } from './checklist.ts'

/** Answer of the API. */
export interface Answer {
  status: number
  /** True if it can have been the API, which may be shown the token. */
  isApi: boolean
  /** Time by which this machine's clock is behind the server's, if the answer tells it. */
  behindMs: number | undefined
}

interface FullAnswer extends Omit<Answer, 'isApi'> {
  type: string
  text: string
  location: string | null
}

/**
 * Sends an event without a customer and a name, to the test environment whatever is chosen. The API has no request that
 * only asks, so this is one that it has to refuse, and that could not touch production data if it did not.
 */
async function askInVain(baseUrl: URL, token: string | undefined, signal: AbortSignal): Promise<FullAnswer> {
  const sentAt = Date.now()
  const response = await fetch(baseUrl.href.replace(/\/+$/, '') + operationPaths.trackEvent, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    body: '{}',
    redirect: 'manual',
    signal,
  })
  const now = (sentAt + Date.now()) / 2
  const serverTime = Date.parse(response.headers.get('date') ?? '')
  return {
    status: response.status,
    behindMs: Number.isNaN(serverTime) ? undefined : Math.round(serverTime - now),
    type: response.headers.get('content-type') ?? 'no type',
    text: await beginningOf(response),
    location: response.headers.get('location'),
  }
}

const mostBytes = 64 * 1024

async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= mostBytes) break
  }
  return Buffer.concat(chunks).toString()
}

/** Checks that it is the API that answers, without showing it the token. */
export async function checkApi(baseUrl: URL, signal: AbortSignal): Promise<Finding<Answer>> {
  let answer: FullAnswer
  try {
    answer = await askInVain(baseUrl, undefined, signal)
  } catch (error) {
    return failure(`No answer: ${reasonOf(error)}.`, 'Try again later; the SDK does so by itself.')
  }
  const { status, text, type, location } = answer
  const good = { facts: { status }, yields: { ...answer, isApi: true } }
  const bad = { facts: { status }, yields: { ...answer, isApi: false } }
  if (status >= 500) {
    const said = text.trim() === '' ? '' : `: ${plain(text.trim(), 120)}`
    return failure(`It answers: ${status}${said}`, 'Try again later; the SDK does so by itself.', bad)
  }
  if (status === 429) return warning('It answers: 429, too many requests.', 'Wait. The SDK does so by itself.', good)
  if (status === 404 || status === 405) return failure(`No API at this address: ${status}.`, 'Check the base URL.', bad)
  if (status >= 400)
    return ok(isRefusal(status) ? `It answers: ${status} without a token.` : `It answers: ${status}.`, good)
  if (status >= 300) {
    const advice = 'Set the base URL to where the API is: redirects are not followed.'
    return failure(`It redirects to ${plain(location ?? 'nowhere')} (${status}).`, advice, bad)
  }
  if (/^\s*</.test(text)) {
    const advice = 'Check the base URL. A network that wants a log-in answers so too.'
    return failure(`A web page answers, not the API (${status}, ${plain(type, 60)}).`, advice, bad)
  }
  const advice = 'This is not what the API should do: check the base URL.'
  return warning(`It took an event without customer, name or token (${status}).`, advice, good)
}

/** Most that two clocks should differ. */
const mostMs = 60_000

export function checkClock({ behindMs }: Answer): Finding {
  if (behindMs === undefined) return skipped('Not checked: the answer does not tell the time.')
  const facts = { behindMs }
  // The server tells whole seconds.
  if (Math.abs(behindMs) < 2_000) return ok("As the server's.", { facts })
  const message = `${age(Math.abs(behindMs))} ${behindMs > 0 ? 'behind' : 'ahead of'} the server's.`
  if (Math.abs(behindMs) <= mostMs) return ok(message, { facts })
  return warning(
    message,
    'Let this machine set its clock by the network (NTP): certificates and times of events depend on it.',
    { facts },
  )
}

/** Asks again with the token. The answer proves something only if the API looks at the token first. */
export async function checkAccess(
  baseUrl: URL,
  without: Answer,
  token: string,
  environment: string,
  signal: AbortSignal,
): Promise<Finding<true>> {
  const proof = 'With --send one event is sent, which proves it.'
  if (!without.isApi) return skipped('Not checked, because of api.')
  if (!isRefusal(without.status)) {
    return warning(`Not proved: the API answers ${without.status} without looking at the token.`, proof, {
      yields: true,
    })
  }
  let status: number
  try {
    ;({ status } = await askInVain(baseUrl, token, signal))
  } catch (error) {
    return failure(`No answer: ${reasonOf(error)}.`, 'Try again later.')
  }
  const facts = { status }
  if (isRefusal(status)) return refusedToken(status)
  if (status < 300) {
    return warning(
      `The token is accepted, but so was an event without customer and name (${status}).`,
      'The test environment may have one entry more.',
      { facts, yields: true },
    )
  }
  if (!refusalsOfContent.has(status)) {
    return warning(`Not proved: ${status} with the token.`, `Try again later. ${proof}`, { facts, yields: true })
  }
  const rest = environment === 'production' ? 'Production was not asked: --send does that.' : 'Nothing was written.'
  return ok(`The token is accepted: with it, only the content is refused (${status}). ${rest}`, { facts, yields: true })
}

/** Statuses of the answer to an empty event, once the token has passed. */
const refusalsOfContent = new Set([400, 413, 415, 422])

function isRefusal(status: number): boolean {
  return status === 401 || status === 403
}

function refusedToken(status: number): Finding<true> {
  const [what, advice] =
    status === 401
      ? ['does not know the token', "Compare it with the provider's configuration page."]
      : ['knows the token but does not permit this', 'Ask the provider what it may do.']
  return failure(`The API ${what} (${status}).`, advice, { facts: { status }, isConfiguration: true })
}

const customerId = 'obsidian-events-doctor'
const event = 'doctor_test'

/** Sends one event as the SDK does. */
export async function sendEvent(shell: Shell, token: string, timeoutMs: number): Promise<Finding> {
  const tracker = new EventTracker({
    ...shell.trackerOptions(),
    token,
    maxRetries: 0,
    attemptTimeoutMs: timeoutMs,
    logger: { warn: () => undefined, error: () => undefined },
  })
  try {
    const { status, skipped: isSkipped } = await tracker.trackEvent(customerId, event, { signal: shell.stopped })
    if (isSkipped) return skipped('Not sent: EVENT_TRACKING_ENABLED is false.')
    const where = environmentOf(shell)
    return ok(`Delivered (${status}) to ${where}: ${event} of ${customerId}.`, { facts: { status } })
  } catch (error) {
    const { message, exitCode } = failureFrom(error)
    return failure(plain(message), 'The message says what to do; if not, ask the provider: shankha@obsidianlaunch.co', {
      isConfiguration: exitCode === exitCodes.configuration,
    })
  } finally {
    await tracker.shutdown({ timeoutMs: 0 })
  }
}
