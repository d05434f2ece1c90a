import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import { plain } from '../terminal/text.ts'
import { reasonOf } from './check-network.ts'
import { type Finding, failure, ok, warning } from './checklist.ts'

const dayMs = 86_400_000
/** Days before the end from which a renewal, automatic about a month before, must have failed. */
const fewDays = 21

/** Does the handshake with the server. Nothing is sent afterwards. */
export async function checkTls(url: URL, socket: Socket, signal: AbortSignal): Promise<Finding<true>> {
  if (url.protocol === 'http:') {
    socket.destroy()
    return ok('None: plain http.', { yields: true })
  }
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1')
  // What is wrong with a certificate is looked at here, so that it can be told.
  const secured = connect({ socket, host, ...(isIP(host) === 0 && { servername: host }), rejectUnauthorized: false })
  try {
    await once(secured, 'secureConnect', { signal })
    const certificate = secured.getPeerCertificate()
    const { authorized, authorizationError } = secured
    return authorized
      ? checkDates(certificate, secured.getProtocol())
      : untrusted(certificate, String(authorizationError))
  } catch (error) {
    return failure(
      `No TLS there: ${reasonOf(error)}.`,
      'Check the base URL and its port, and anything in between, such as a proxy.',
    )
  } finally {
    secured.destroy()
    socket.destroy()
  }
}

function checkDates(certificate: PeerCertificate, protocol: string | null): Finding<true> {
  const until = new Date(certificate.valid_to)
  const daysLeft = Math.floor((until.getTime() - Date.now()) / dayMs)
  const message = `${protocol ?? 'TLS'}, certificate valid until ${dateOf(until)}, ${daysLeft} days.`
  const more = { facts: { validUntil: until.toISOString(), daysLeft }, yields: true as const }
  return daysLeft >= fewDays
    ? ok(message, more)
    : warning(message, 'The administrator of the server has to renew it.', more)
}

function untrusted(certificate: PeerCertificate, code: string): Finding<true> {
  const { message, advice } = problemOf(certificate, code)
  const facts = { code }
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return failure(message, advice, { facts })
  const unchecked = `${message} It passes only because NODE_TLS_REJECT_UNAUTHORIZED is 0: anybody on the way can read the token.`
  return warning(unchecked, advice, { facts, yields: true })
}

function problemOf(certificate: PeerCertificate, code: string): { message: string; advice: string } {
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      message: `The certificate expired on ${dateOf(new Date(certificate.valid_to))}.`,
      advice: "Check this machine's date; if it is right, the administrator of the server has to renew it.",
    }
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      message: `The certificate is valid only from ${dateOf(new Date(certificate.valid_from))}.`,
      advice: "Check this machine's date.",
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate.subjectaltname ?? certificate.subject?.CN ?? 'no name'
    return {
      message: `The certificate is for another host: ${plain(String(names), 200)}.`,
      advice: 'Check the base URL.',
    }
  }
  return {
    message: `The certificate is not signed by a trusted authority (${code}).`,
    advice:
      'If a proxy or server of your own signs it, trust its CA: NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or node --use-system-ca.',
  }
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
