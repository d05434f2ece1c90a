import { type ConfigurationError, EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { defaultBaseUrl, tokenProblem } from '@obsidianlaunch/events-client/core'
import { inOptions } from '../terminal/failure.ts'
import { nearest } from '../terminal/nearest.ts'
import { baseUrlOf, environmentOf, isDisabled } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { type Finding, failure, ok, warning } from './checklist.ts'

/** Checks the token, and never shows it, nor its length. */
export function checkToken(shell: Shell): Finding<string> {
  const name = 'EVENT_TRACKING_AUTH_TOKEN'
  const token = shell.env[name]
  const problem = tokenProblem(token)
  if (problem !== undefined || token === undefined) {
    const advice = 'Set it to your project token, or name a file that sets it: --dotenv .env'
    return failure(`${name} ${problem}${token === undefined ? '' : `, ${from(shell, name)}`}.`, advice, {
      isConfiguration: true,
    })
  }
  if (token === 'your_auth_token_here') {
    const advice = "Set it to your project token, from the provider's configuration page."
    return warning(`${name}, ${from(shell, name)}, is the sample of the guide.`, advice, { yields: token })
  }
  if (/^(["']).*\1$/.test(token)) {
    const advice = 'Take them away: they are sent as part of it. Some tools read a .env file without removing quotes.'
    return warning(`${name}, ${from(shell, name)}, is in quotes.`, advice, { yields: token })
  }
  return ok(`Set, ${from(shell, name)}; well-formed.`, { yields: token })
}

/** Checks that sending is switched on. */
export function checkSending(shell: Shell): Finding {
  const name = 'EVENT_TRACKING_ENABLED'
  const problem = problemOf({ environment: 'test', baseUrl: defaultBaseUrl })
  if (problem !== undefined) return impossible(problem, `Set ${name}=true, or leave it out.`)
  if (isDisabled(shell))
    return warning(`Off: ${name} is false, ${from(shell, name)}.`, 'Set it to true to send events.')
  return ok(shell.env[name]?.trim() ? `On, ${from(shell, name)}.` : 'On, by default.')
}

export function checkEnvironment(shell: Shell): Finding {
  const name = 'EVENT_TRACKING_ENVIRONMENT'
  const problem = problemOf({ enabled: true, baseUrl: defaultBaseUrl })
  if (problem !== undefined) return impossible(problem, `Set ${name}=test or ${name}=production.`)
  const chosen = environmentOf(shell)
  const facts = { environment: chosen }
  const meaning = chosen === 'production' ? 'events count' : 'production data is left alone'
  if (shell.options.environment !== undefined) return ok(`${chosen}, by --environment: ${meaning}.`, { facts })
  if (shell.env[name]?.trim()) return ok(`${chosen}, ${from(shell, name)}: ${meaning}.`, { facts })
  if (shell.env['NODE_ENV'] !== 'production') return ok(`${chosen}, by default: ${meaning}.`, { facts })
  const advice = `Set ${name}=production, or =test if that is meant.`
  return warning(`${chosen}, by default, though NODE_ENV is production.`, advice, { facts })
}

export function checkServer(shell: Shell): Finding<URL> {
  const name = 'EVENT_TRACKING_BASE_URL'
  const { baseUrl } = shell.options
  const problem = problemOf({ ...shell.trackerOptions(), enabled: true, environment: 'test' })
  if (problem !== undefined) {
    return impossible(problem, `Set ${name} to an https address, or leave it out: the default is ${defaultBaseUrl}`)
  }
  const url = new URL(baseUrlOf(shell))
  const origin = baseUrl !== undefined ? 'by --base-url' : shell.env[name]?.trim() ? from(shell, name) : 'by default'
  const message = `${plain(url.href.replace(/\/+$/, ''))}, ${origin}`
  if (isLoopback(url)) {
    const advice = `For the provider leave out ${baseUrl === undefined ? name : '--base-url'}; for the mock or a relay of yours it is right.`
    return warning(`${message}: this is a server on this machine, not the provider.`, advice, { yields: url })
  }
  if (problemOf({ baseUrl: url.href, enabled: true }) === undefined) return ok(`${message}.`, { yields: url })
  const advice = 'Use https, unless it is a network of your own, such as one of containers.'
  return warning(`${message}: plain http, by which everybody on the way can read the token.`, advice, { yields: url })
}

/** Tells an address of this machine itself. */
function isLoopback({ hostname }: URL): boolean {
  return /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

const prefix = 'EVENT_TRACKING_'
/** Variables that are read, by this command or by the SDK, without the prefix. */
const known = ['AUTH_TOKEN', 'BASE_URL', 'ENVIRONMENT', 'ENABLED', 'ALLOW_INSECURE_HTTP', 'DEBUG']

/** Finds variables that look like settings and are none, such as a name that is mistyped. */
export function checkVariables(shell: Shell): Finding {
  const isSetting = (name: string) => name.startsWith(prefix) && known.includes(name.slice(prefix.length))
  const unknown = Object.keys(shell.env).filter((name) => /^EVENT_?TRACKING_/i.test(name) && !isSetting(name))
  if (unknown.length === 0) return ok(`Each ${prefix}… that is set is a setting.`)
  const names = unknown.toSorted()
  const listed = names.map((name) => `${plain(name, 60)} (${from(shell, name)})`).join(', ')
  const meant = [...new Set(names.flatMap(settingMeantBy))].map((name) => prefix + name)
  const all = `The settings are ${known.map((name) => prefix + name).join(', ')}.`
  const advice = meant.length === 0 ? all : `Did you mean ${meant.join(' and ')}? ${all}`
  const verb = names.length === 1 ? 'is no setting, and is' : 'are no settings, and are'
  return warning(`${listed} ${verb} not read.`, advice, { facts: { unknown: names } })
}

/** The setting that a name was perhaps to be: spelled nearly so, or with a part of its words. */
function settingMeantBy(name: string): string[] {
  const word = name.toUpperCase().replace(/^EVENT_?TRACKING_/, '')
  const near = nearest(word, known) ?? known.find((setting) => word !== '' && setting.includes(word))
  return near === undefined ? [] : [near]
}

/** Problem that the SDK has with one setting, while the others are as they should be. */
function problemOf(settings: TrackerOptions): string | undefined {
  try {
    void new EventTracker({ token: null, ...settings })
    return undefined
  } catch (error) {
    return plain(inOptions((error as ConfigurationError).text))
  }
}

function impossible<T>(message: string, advice: string): Finding<T> {
  return failure(message, advice, { isConfiguration: true })
}

function from({ fromDotenv, options }: Shell, name: string): string {
  return fromDotenv.has(name) ? `from ${plain(options.dotenv ?? '')}` : `from the environment`
}
