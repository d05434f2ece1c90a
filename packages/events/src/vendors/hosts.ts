import { ConfigurationError } from '../errors/errors.ts'
import type { VendorRule, VendorRules } from './rules.ts'

/** So many addresses are remembered: few programs call more, and those of a crawler must not fill the memory. */
const mostOrigins = 1_000
const usualPorts: Record<string, string> = { 'http:': '80', 'https:': '443' }

/** A host that a rule is for. */
export interface Match {
  readonly rule: VendorRule
  /** As it was given, in lower case. */
  readonly pattern: string
  /** In lower case, with its port where that is not the usual one. */
  readonly host: string
}

/** Finds the rule for an address. */
export class HostRules {
  readonly #rules = new Map<string, VendorRule>()
  /** Results by origin: most programs call the same few. */
  readonly #found = new Map<string, Match | undefined>()

  /** @throws ConfigurationError for a pattern that no host can match */
  constructor(rules: VendorRules) {
    for (const [pattern, { event, category, property, when }] of Object.entries(rules)) {
      const known = pattern.toLowerCase()
      const advice = adviceFor(known)
      if (advice !== undefined) refuse(`${JSON.stringify(pattern)} matches no host: write ${advice}`)
      if (this.#rules.has(known)) refuse(`${JSON.stringify(known)} is there twice: case makes no difference in hosts`)
      // A copy: what becomes of the caller's objects later changes nothing.
      this.#rules.set(known, { event, category, property, when })
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
    const bare = hostname.replace(/\.$/, '')
    const portOrUsual = port === '' ? usualPorts[protocol] : port
    const names = [bare, ...wildcardsOf(bare)]
    const patterns = [...names.flatMap((name) => [`${name}:${portOrUsual}`, name]), '*']
    for (const pattern of patterns) {
      const rule = this.#rules.get(pattern)
      if (rule !== undefined) return { rule, pattern, host }
    }
    return undefined
  }
}

/** The patterns that match a host as a subdomain, the longest first: `*.b.c`, `*.c` for `a.b.c`. */
function wildcardsOf(host: string): string[] {
  const labels = host.split('.')
  return labels.slice(1).map((_label, at) => `*.${labels.slice(at + 1).join('.')}`)
}

/** The text to write instead of a pattern that matches no host; undefined for one that can. */
function adviceFor(pattern: string): string | undefined {
  if (pattern === '*') return undefined
  const usual = usualForm(pattern) ?? usualForm(`[${pattern}]`)
  if (usual === undefined) return "'api.example.com', '*.example.com', 'localhost:3000' or '*'"
  return usual === pattern ? undefined : `'${usual}'`
}

/** A pattern as requests would have to name its host; undefined where no host can be found in it. */
function usualForm(pattern: string): string | undefined {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)?(\*\.)?(\[[^\]]*\]|[^/?#:]*)(:[^/?#]*)?([/?#].*)?$/s.exec(pattern)
  if (parts === null) return undefined
  const [, , wildcard = '', name = '', port = ''] = parts
  // The addresses of requests are read by URL, so what that makes of a name is what counts.
  const host = hostOf(wildcard === '' ? name : `any.${name}`)?.replace(/^any\./, '')
  return name === '' || host === undefined || !isPort(port) ? undefined : `${wildcard}${host}${port}`
}

/** The host as URL writes it; undefined for what is none. */
function hostOf(text: string): string | undefined {
  if (text === '' || /[\s@*\\%<>^|]/.test(text)) return undefined
  const host = URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname.replace(/\.$/, '') : ''
  return host === '' || host.split('.').includes('') ? undefined : host
}

function isPort(text: string): boolean {
  return text === '' || (/^:[1-9]\d{0,4}$/.test(text) && Number(text.slice(1)) <= 65_535)
}

function refuse(reason: string): never {
  throw new ConfigurationError(`bookVendorCalls: ${reason}`)
}
