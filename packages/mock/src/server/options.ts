export interface MockOptions {
  /**
   * The port to listen on; 0 takes any free one.
   *
   * @default 0
   */
  port?: number
  /**
   * The address to listen on. Anything but loopback lets others on the network in.
   *
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * The path of an OpenAPI file to stand for.
   *
   * @default the document of the event tracking API that comes with this package
   */
  spec?: string
  /**
   * The URL of a real server: it gets every request and its answers are passed on as they are; both are held against
   * the document. Faults play all the same.
   */
  upstream?: string
  /** Makes dates, isolation tokens and the choice of faults with a `rate` the same at each run. */
  seed?: number
  /** The time in milliseconds since 1970, for the dates of the records. */
  now?: () => number
  /**
   * How many exchanges are kept; the oldest go first.
   *
   * @default 20_000
   */
  maxRecords?: number
  /**
   * How many bytes of bodies and headers are kept, of requests and answers.
   *
   * @default 64 MiB
   */
  maxBytes?: number
  /** Other origins whose pages may read the inspector, such as `http://localhost:5173`. */
  origins?: readonly string[]
}

type Checked = Required<Omit<MockOptions, 'spec' | 'upstream' | 'seed' | 'now'>> & {
  spec: string | undefined
  upstream: string | undefined
  seed: number | undefined
  now: (() => number) | undefined
}

const names = ['port', 'host', 'spec', 'upstream', 'seed', 'now', 'maxRecords', 'maxBytes', 'origins']

/** @throws Error that names the option which is unknown or of no use */
export function checkOptions(options: MockOptions): Checked {
  const { port = 0, host = '127.0.0.1', spec, upstream, seed, now } = options
  const { maxRecords = 20_000, maxBytes = 64 * 1024 * 1024, origins = [] } = options
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}: known are ${names.join(', ')}`)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`No port: ${port}. Use 0 to 65535`)
  if (upstream !== undefined && !(URL.canParse(upstream) && /^https?:/i.test(upstream))) {
    throw new Error(`No upstream: ${upstream}. Use the URL of a server, such as https://events.example.com`)
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new Error(`No seed: ${seed}. Use a whole number`)
  for (const [name, value] of Object.entries({ maxRecords, maxBytes })) {
    if (!(value >= 1)) throw new Error(`No ${name}: ${value}. Use a number above 0`)
  }
  return { port, host, spec, upstream, seed, now, maxRecords, maxBytes, origins }
}
