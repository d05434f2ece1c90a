import { generate } from 'selfsigned'

const dayMs = 86_400_000

/** A certificate for 127.0.0.1 and localhost, whose validity is told in days from now. */
export interface Paper {
  from?: number
  to?: number
  host?: string
  ca?: { key: string; cert: string }
}

export async function certificate({ from = -30, to = 60, host, ca }: Paper = {}) {
  const names = host
    ? [{ type: 2 as const, value: host }]
    : [
        { type: 2 as const, value: 'localhost' },
        { type: 7 as const, ip: '127.0.0.1' },
      ]
  const made = await generate([{ name: 'commonName', value: host ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + from * dayMs),
    notAfterDate: new Date(Date.now() + to * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'subjectAltName', altNames: names },
    ],
    ...(ca && { ca }),
  })
  return { key: made.private, cert: made.cert }
}

export async function authority({ to = 100 }: Pick<Paper, 'to'> = {}) {
  const made = await generate([{ name: 'commonName', value: 'An authority for tests' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 100 * dayMs),
    notAfterDate: new Date(Date.now() + to * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  })
  return { key: made.private, cert: made.cert }
}
