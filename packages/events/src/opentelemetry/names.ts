import type { Attributes } from '@opentelemetry/api'

/** The name of the instrumentation scope. */
export const scope = '@obsidianlaunch/events'

/** Defaults of the options of `instrumentEvents` that have one. */
export const defaults = { customerIds: false }

/** Parts of an address, without its query and without what could be a secret before the host. */
export interface Server {
  readonly full: string
  /** The path. Nothing of an event stands in it, so that there are only a few. */
  readonly path: string
  readonly attributes: Attributes
}

const servers = /* @__PURE__ */ new Map<string, Server>()
const mostServers = 100

/** Takes an address apart, each once. */
export function serverOf(url: string): Server {
  let server = servers.get(url)
  if (server === undefined) {
    server = parse(url)
    if (servers.size < mostServers) servers.set(url, server)
  }
  return server
}

function parse(url: string): Server {
  const { origin, pathname, hostname, port, protocol } = new URL(url)
  const usual = protocol === 'https:' ? 443 : 80
  return {
    full: origin + pathname,
    path: pathname,
    attributes: {
      'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
      'server.port': port === '' ? usual : Number(port),
    },
  }
}
