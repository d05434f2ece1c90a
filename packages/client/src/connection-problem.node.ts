import { type ConnectionProblem, describeProblem, type KnownProblem } from './connection-problem.ts'

/** Says in words why a request for this address got no answer, by the codes of Node's errors. */
export function connectionProblem(error: unknown, url: string): ConnectionProblem {
  return describeProblem(
    error,
    url,
    (code, said) => problemOf(code) ?? problemByWords(said) ?? proxyProblem(code, said),
  )
}

const cut = {
  lead: 'No answer from',
  says: 'the connection was cut',
  advice: 'The server, or what is in between, closes connections.',
}
const noRoute = { says: 'no route to it', advice: 'Check the network connection.' }
const slow = { says: 'no connection in time', advice: 'Check the address; a firewall may be in the way.' }
const silent = {
  lead: 'No answer from',
  says: 'the answer did not come in time',
  advice: 'The server may be overloaded.',
}
const untrusted: KnownProblem = {
  says: 'its certificate is not signed by a trusted authority',
  advice:
    'If a proxy or a server of your own signs it, trust its CA: NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or node --use-system-ca.',
  isLasting: true,
}
const noTls: KnownProblem = {
  says: 'no TLS there',
  advice: 'Check the address and its port: it may be one for plain http, or a proxy may be in between.',
  isLasting: true,
}

/** The meaning of each code, and what to do. Those of undici begin with UND, those of OpenSSL's certificates are its own names. */
const problems: Readonly<Record<string, KnownProblem>> = {
  ENOTFOUND: {
    says: (said, host) => `no such host${otherHost(said, host)}`,
    advice: 'Check the address, and the DNS server of this machine.',
    isLasting: true,
  },
  EAI_AGAIN: { says: 'no DNS server answers', advice: 'Check the network connection and the DNS server.' },
  ECONNREFUSED: {
    says: (said, host) => `nothing listens there${otherHost(said, host)}`,
    advice: 'Check the address and its port, and that the server runs.',
  },
  ECONNRESET: cut,
  EPIPE: cut,
  UND_ERR_SOCKET: cut,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EADDRNOTAVAIL: noRoute,
  ERR_ACCESS_DENIED: {
    says: 'this process may not use the network',
    advice: "Node's permission model is on: start it with --allow-net.",
    isLasting: true,
  },
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  UND_ERR_HEADERS_TIMEOUT: silent,
  UND_ERR_BODY_TIMEOUT: silent,
  CERT_HAS_EXPIRED: {
    says: (said) => `its certificate ${/ has (expired .* ago)$/.exec(said)?.[1] ?? 'has expired'}`,
    advice: "The administrator of the server has to renew it. If it is valid, this machine's date is wrong.",
    isLasting: true,
  },
  CERT_NOT_YET_VALID: {
    says: 'its certificate is not valid yet',
    advice: "Check this machine's date.",
    isLasting: true,
  },
  CERT_REVOKED: {
    says: 'its certificate was revoked',
    advice: 'The administrator of the server has to replace it.',
    isLasting: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: (said) => `its certificate is for another host${namesIn(said)}`,
    advice: 'Check the address: host and certificate have to agree.',
    isLasting: true,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { ...untrusted, says: 'its certificate is self-signed' },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_UNTRUSTED: untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  EPROTO: noTls,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: {
    says: 'it speaks no HTTP/1.1',
    advice: 'A newer Node reaches a server that speaks HTTP/2 alone.',
    isLasting: true,
  },
}

/** Looks among the table's own members: an error of somebody else's may have any code. */
function problemOf(code: string): KnownProblem | undefined {
  return Object.hasOwn(problems, code) ? problems[code] : undefined
}

/** Words of Deno, which has no codes, and the codes for them. */
const words: [RegExp, string][] = [
  [/\(Connect\): dns error: /, 'ENOTFOUND'],
  [/\(Connect\): tcp connect error: Connection refused/, 'ECONNREFUSED'],
  [/ invalid peer certificate: certificate expired/, 'CERT_HAS_EXPIRED'],
  [/ invalid peer certificate: certificate not valid for name/, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [/ invalid peer certificate: /, 'CERT_UNTRUSTED'],
]

function problemByWords(said: string): KnownProblem | undefined {
  return problems[words.find(([pattern]) => pattern.test(said))?.[1] ?? '']
}

/** A proxy that opens no tunnel, or refuses to forward: undici has no code for it. */
function proxyProblem(code: string, said: string): KnownProblem | undefined {
  const refusal = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(said)
  if (refusal === null || !code.startsWith('UND_ERR')) return undefined
  const status = refusal[1]
  const advice =
    status === '407'
      ? 'Put its user and password into the variable that names it: http://user:password@host:port'
      : 'Ask the administrator of the proxy to let this server pass.'
  // A gateway that cannot be reached by the proxy may be so again.
  const isLasting = Number(status) < 500
  return { says: `the proxy refuses with ${status}`, advice, ...(isLasting && { isLasting }) }
}

/** The host that was looked up or called, where it is another one, as a proxy is: `getaddrinfo ENOTFOUND proxy.test` names it. */
function otherHost(said: string, host: string): string {
  const name = / E[A-Z]+ (\S+)$/.exec(said)?.[1]
  return name === undefined || name === host || host === '' ? '' : `, ${name}`
}

/** The hosts that a certificate is for, which are told where it was a host that was asked, and not an address. */
function namesIn(said: string): string {
  const names = / is not in the cert's altnames: (.{1,200})/.exec(said)?.[1]
  return names === undefined ? '' : `, ${names.replaceAll('DNS:', '')}`
}
