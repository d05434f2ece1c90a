import type { TLSSocket } from 'node:tls'

const longestMs = 2_000
const hourMs = 3_600_000

/** The server whose certificate was looked at last, and the end of that. */
let known: { origin: string; until: number } | undefined

/**
 * Adds to the error of a certificate that has expired how long ago that was, which the handshake does not tell. For that
 * it makes another one, in which it sends nothing.
 */
export async function withExpiry(error: unknown, origin: string): Promise<unknown> {
  try {
    if (known?.origin !== origin) known = { origin, until: await endOf(origin) }
    const hours = Math.floor((Date.now() - known.until) / hourMs)
    // Another one of its chain has expired, or there is none.
    if (!(hours >= 0)) return error
    const [many, unit] = hours < 48 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day']
    const message = `certificate has expired ${many} ${unit}${many === 1 ? '' : 's'} ago`
    return Object.assign(new Error(message, { cause: error }), { code: expired })
  } catch {
    return error
  }
}

const expired = 'CERT_HAS_EXPIRED'

export function hasExpired(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === expired
}

/** The time at which the certificate of a server ends; NaN where it shows none. */
function endOf(origin: string): Promise<number> {
  const { isIP } = process.getBuiltinModule('node:net')
  const { connect } = process.getBuiltinModule('node:tls')
  const { hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[(.+)\]$/, '$1')
  return new Promise((resolve, reject) => {
    const names = isIP(host) === 0 ? { servername: host } : {}
    const socket: TLSSocket = connect({ host, port: Number(port || 443), ...names, rejectUnauthorized: false })
    socket.setTimeout(longestMs, () => socket.destroy())
    socket.on('secureConnect', () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to))
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
  })
}
