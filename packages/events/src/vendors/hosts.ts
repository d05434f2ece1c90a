import { ConfigurationError } from '../errors/errors.ts'
import type { VendorRule, VendorRules } from './rules.ts'

/** So many addresses are remembered: few programs call more, and those of a crawler must not fill the memory. */
const mostOrigins = 1_000
const usualPorts: Record<string, string> = { 'http:': '80', 'https:': '443' }
const name = '[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?'
const hostPattern = new RegExp(String.raw`^(\*|(\*\.)?(${name})(\.${name})*(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?)$`)

/** A host that a rule is for. */
export interface Match {
  readonly rule: VendorRule
  /** In lower case, with its port where that is not the usual one. */
  readonly host: string
}

/** Finds the rule for an address. */
export class HostRules {
  readonly #rules = new Map<string, VendorRule>()
  /** What was found, by origin: most programs call the same few. */
  readonly #found = new Map<string, Match | undefined>()

  /** @throws ConfigurationError for a pattern that no host can match */
  constructor(rules: VendorRules) {
    for (const [pattern, rule] of Object.entries(rules)) {
      const known = pattern.toLowerCase()
      if (!hostPattern.test(known)) throw new ConfigurationError(`bookVendorCalls: ${adviceFor(pattern)}`)
      if (this.#rules.has(known)) throw new ConfigurationError(`bookVendorCalls: ${pattern} is there twice`)
      this.#rules.set(known, rule)
    }
  }

  /** @param origin such as `https://api.openai.com` */
  find(origin: string): Match | undefined {
    if (this.#found.has(origin)) return this.#found.get(origin)
    if (this.#found.size >= mostOrigins) this.#found.clear()
    const match = this.#find(origin)
    this.#found.set(origin, match)
    return match
  }

  #find(origin: string): Match | undefined {
    const { hostname, port, protocol, host } = new URL(origin)
    const portOrUsual = port === '' ? usualPorts[protocol] : port
    const names = [hostname, ...wildcardsOf(hostname)]
    const patterns = [...names.flatMap((name) => [`${name}:${portOrUsual}`, name]), '*']
    for (const pattern of patterns) {
      const rule = this.#rules.get(pattern)
      if (rule !== undefined) return { rule, host }
    }
    return undefined
  }
}

/** The patterns that match a host as a subdomain, the longest first: `*.b.c`, `*.c` for `a.b.c`. */
function wildcardsOf(host: string): string[] {
  const labels = host.split('.')
  return labels.slice(1).map((_label, at) => `*.${labels.slice(at + 1).join('.')}`)
}

function adviceFor(pattern: string): string {
  const shown = JSON.stringify(pattern)
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(pattern)?.[1] ?? /^([^/?#]+)[/?#]/.exec(pattern)?.[1]
  if (host !== undefined && hostPattern.test(host.toLowerCase())) return `${shown} matches no host: write '${host}'`
  return `${shown} matches no host: write 'api.example.com', '*.example.com', 'localhost:3000' or '*'`
}
