/** Options of a mock. */
export interface MockOptions {
  /**
   * The port to listen on; 0 takes any free one.
   *
   * @default 0
   */
  port?: number | undefined
  /**
   * The address to listen on. Anything but loopback lets others on the network in.
   *
   * @default '127.0.0.1'
   */
  host?: string | undefined
  /**
   * The path of an OpenAPI document to answer from.
   *
   * @default the OpenAPI document of the event tracking API, which comes with this package
   */
  spec?: string | undefined
  /**
   * The URL of a real server: it gets every request and its answers are passed on as they are; both are checked against
   * the OpenAPI document. Faults play all the same.
   */
  upstream?: string | undefined
  /** Makes dates, isolation tokens and the choice of faults with a `rate` the same at each run. */
  seed?: number | undefined
  /** The time in milliseconds since 1970, for the dates of the records. */
  now?: (() => number) | undefined
  /**
   * Number of exchanges that are kept; the oldest go first.
   *
   * @default 20_000
   */
  maxRecords?: number | undefined
  /**
   * Number of bytes of bodies and headers that are kept, of requests and answers.
   *
   * @default 64 MiB
   */
  maxBytes?: number | undefined
  /** Other origins whose pages may read the inspector, such as `http://localhost:5173`. */
  origins?: readonly string[] | undefined
}

type Open = 'spec' | 'upstream' | 'seed' | 'now'
type Checked = {
  [Name in keyof MockOptions]-?: NonNullable<MockOptions[Name]> | (Name extends Open ? undefined : never)
}

const defaults: Checked = {
  port: 0,
  host: '127.0.0.1',
  spec: undefined,
  upstream: undefined,
  seed: undefined,
  now: undefined,
  maxRecords: 20_000,
  maxBytes: 64 * 1024 * 1024,
  origins: [],
}

/** Fills in the defaults. @throws Error that names the option which is unknown or of no use */
export function checkOptions(options: MockOptions): Checked {
  const names = Object.keys(defaults)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}: known are ${names.join(', ')}`)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const checked = { ...defaults, ...(Object.fromEntries(given) as Partial<Checked>) }
  const problem = problemOf(checked)
  if (problem !== undefined) throw new Error(problem)
  return checked
}

function problemOf({ port, upstream, seed, maxRecords, maxBytes }: Checked): string | undefined {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return `No port: ${port}. Use 0 to 65535`
  if (upstream !== undefined && !(URL.canParse(upstream) && /^https?:/i.test(upstream))) {
    return `No upstream: ${upstream}. Use the URL of a server, such as https://events.example.com`
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) return `No seed: ${seed}. Use a whole number`
  const [name, value] = Object.entries({ maxRecords, maxBytes }).find(([, bound]) => !(bound >= 1)) ?? []
  return name === undefined ? undefined : `No ${name}: ${value}. Use a number above 0`
}
