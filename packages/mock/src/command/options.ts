/** Option of the command. Without `value` it is a switch. */
export interface MockOption {
  readonly help: string
  /** Word for its value in the help. */
  readonly value?: string
  /** Letter that stands for it. */
  readonly short?: string
}

/** Options of the command, by name. */
export const options = {
  port: { value: 'n', help: '4010; 0 takes any free one' },
  host: { value: 'address', help: '127.0.0.1' },
  open: { help: 'opens the page in your browser' },
  record: { value: 'file', help: 'writes what arrives, a line each' },
  append: { help: 'adds to the file of --record' },
  fail: { value: 'faults', help: 'plays faults, see below' },
  upstream: { value: 'url', help: 'passes on to a real server' },
  spec: { value: 'file', help: 'another OpenAPI document' },
  seed: { value: 'n', help: 'the same at each run' },
  'no-color': { help: 'prints without colours' },
  help: { short: 'h', help: 'shows this' },
  version: { short: 'v', help: 'shows the version' },
} as const satisfies Record<string, MockOption>

export type OptionName = keyof typeof options

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name)
}

/** The help of the command that is called by that name. */
export function helpOf(name: string): string {
  const known: [string, MockOption][] = Object.entries(options)
  const lines = known.map(([long, { short, value, help }]) => {
    const flags = `${short === undefined ? '' : `-${short}, `}--${long}${value === undefined ? '' : ` <${value}>`}`
    return `  ${flags.padEnd(18)}${help}`
  })
  return `Usage: ${name} [options]

The event tracking API on your own machine: a log of what
arrives, and a page that shows it.

${lines.join('\n')}

Faults are played in order, one a request:
  503x2             503 twice (x* for ever)
  429:4             429, Retry-After: 4
  503@20%x*         one in five
  delay:500         late, in ms
  reset hang        the wire breaks, or
  truncate junk     the answer does
  refuse:2000       no connection for 2 s
  pass:40           40 unharmed

Example: ${name} --fail pass:5,503x2,reset
`
}
