import { ConfigurationError } from '../errors/errors.ts'
import type { Logger } from '../options/options.ts'
import type { VendorRule, VendorRules } from './rules.ts'

/** Options of `bookVendorCalls`. */
export interface VendorOptions {
  /** The id of the customer for calls that are made with none in context. Without it they are counted, and booked to nobody. */
  otherwise?: string | undefined
  /** @default the tracker's, else a warning of the process */
  logger?: Pick<Logger, 'warn'> | undefined
}

/** @throws ConfigurationError for what is no table of rules */
export function checkRules(rules: VendorRules): void {
  // A list or a Map has no names of hosts.
  if (!isObject(rules) || Symbol.iterator in rules)
    refuse("rules must be an object: { 'api.openai.com': { event: 'OpenAI API Call' } }")
  const all = Object.entries(rules)
  if (all.length === 0) refuse('rules are empty: name at least one host')
  for (const [pattern, rule] of all) checkRule(`the rule for ${JSON.stringify(pattern)}`, rule)
}

function checkRule(which: string, rule: VendorRule): void {
  if (!isObject(rule)) refuse(`${which} must be an object with an event`)
  const { event, category, property, when, ...unknown } = rule
  if (!isText(event)) refuse(`${which} needs an event, the name under which its calls are booked`)
  if (category !== undefined && !isText(category)) refuse(`${which}: category must be text that is not blank`)
  if (property !== undefined && typeof property !== 'function')
    refuse(`${which}: property must be a function of the call, (call) => ({ status: call.status })`)
  if (when !== undefined && typeof when !== 'function')
    refuse(`${which}: when must be a function of the call, ({ status }) => status < 500`)
  checkNames(which, unknown, 'event, category, property, when')
}

/** @throws ConfigurationError for unknown options, and for those of a wrong type */
export function checkOptions(options: VendorOptions): void {
  if (!isObject(options)) refuse('options must be an object')
  const { otherwise, logger, ...unknown } = options
  if (otherwise !== undefined && !isText(otherwise)) refuse('otherwise must be the id of a customer')
  if (logger !== undefined && (!isObject(logger) || typeof logger.warn !== 'function'))
    refuse('logger must be an object with the method warn')
  checkNames('the options', unknown, 'otherwise, logger')
}

function checkNames(which: string, unknown: object, known: string): void {
  const names = Object.keys(unknown)
  if (names.length > 0) refuse(`${which}: ${names.join(', ')} is not known; known are: ${known}`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function refuse(reason: string): never {
  throw new ConfigurationError(`bookVendorCalls: ${reason}`)
}
