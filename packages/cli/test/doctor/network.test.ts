import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { examined, statuses } from './examined.ts'
import { authority, certificate, type Paper } from '@obsidianlaunch/testkit/certificates'
import { closedPort } from '@obsidianlaunch/testkit/listen'
import { api, listen, listenAsProxy, listenSecurely } from './servers.ts'

test('a name that does not exist is a failure, and what stands on it is skipped with the reason', async () => {
  const { code, checks } = await examined('--base-url https://events.invalid')
  expect(code).toBe(1)
  expect(checks['name']).toMatchObject({
    status: 'failure',
    message: expect.stringContaining('events.invalid') as string,
  })
  expect(checks['connection']).toMatchObject({ status: 'skipped', message: 'Not checked, because of name.' })
  expect(statuses(checks)).toMatchObject({ tls: 'skipped', api: 'skipped', clock: 'skipped', access: 'skipped' })
})

test('a port where nothing listens is a failure of the connection', async () => {
  const port = await closedPort()
  const { code, checks } = await examined(`--base-url http://127.0.0.1:${port}`)
  expect(code).toBe(1)
  expect(checks['connection']?.message).toMatch(/nothing listens there/)
})

test('a name is looked up', async () => {
  await using server = await listen(api)
  const { code, checks } = await examined(`--base-url http://localhost:${server.port}`)
  expect(code).toBe(0)
  expect(checks['name']?.facts?.['addresses']).toContain('127.0.0.1')
})

/** Lets the doctor examine a server with such a certificate, whose authority it trusts unless there is none. */
async function examinedBefore(paper: Paper, isSigned = true, env: Record<string, string> = {}) {
  const ca = await authority()
  using place = new Workplace()
  writeFileSync(place.path('ca.pem'), ca.cert)
  await using server = await listenSecurely(await certificate({ ...paper, ...(isSigned && { ca }) }))
  const trust = isSigned ? { NODE_EXTRA_CA_CERTS: place.path('ca.pem') } : {}
  return await examined(`--base-url https://127.0.0.1:${server.port}`, { ...trust, ...env })
}

test('a certificate is told with the day of its end', async () => {
  const { code, checks } = await examinedBefore({ to: 60 })
  expect(code).toBe(0)
  expect(checks['tls']).toMatchObject({ status: 'ok', facts: { daysLeft: 59 } })
})

test('one that ends soon is a warning', async () => {
  const { code, checks } = await examinedBefore({ to: 10 })
  expect(code).toBe(0)
  expect(checks['tls']).toMatchObject({ status: 'warning', facts: { daysLeft: 9 } })
  expect(checks['access']?.status).toBe('ok')
})

test.each([
  [{ to: -1 }, 'CERT_HAS_EXPIRED', /expired on/],
  [{ from: 2 }, 'CERT_NOT_YET_VALID', /valid only from/],
  [{ host: 'elsewhere.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID', /another host: DNS:elsewhere\.example/],
])('one that is not valid is a failure: %j', async (paper, code, message) => {
  const { code: exitCode, checks } = await examinedBefore(paper)
  expect(exitCode).toBe(1)
  expect(checks['tls']).toMatchObject({ status: 'failure', facts: { code } })
  expect(checks['tls']?.message).toMatch(message)
  expect(checks['api']?.status).toBe('skipped')
})

test('one that no trusted authority has signed is a failure that says how to trust an authority', async () => {
  const { code, checks } = await examinedBefore({}, false)
  expect(code).toBe(1)
  expect(checks['tls']).toMatchObject({ status: 'failure', facts: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
  expect(checks['tls']?.advice).toMatch(/NODE_EXTRA_CA_CERTS/)
})

test('one that passes only because nothing is checked is a warning', async () => {
  const { code, checks } = await examinedBefore({}, false, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
  expect(code).toBe(0)
  expect(checks['tls']?.message).toMatch(/passes only because NODE_TLS_REJECT_UNAUTHORIZED is 0/)
})

test('a server that does not speak TLS is a failure', async () => {
  await using server = await listen(api)
  const { code, checks } = await examined(`--base-url https://127.0.0.1:${server.port}`)
  expect(code).toBe(1)
  expect(checks['tls']?.message).toMatch(/^No TLS there/)
})

test('a proxy that this Node does not use is a warning that says how it would be used', async () => {
  await using server = await listen(api)
  const { code, checks } = await examined(`--base-url http://127.0.0.1:${server.port}`, {
    HTTP_PROXY: 'http://127.0.0.1:9',
  })
  expect(code).toBe(0)
  expect(checks['proxy']).toMatchObject({
    status: 'warning',
    advice: expect.stringContaining('NODE_USE_ENV_PROXY=1') as string,
  })
})

/** The doctor before a good server behind a proxy. */
async function examinedBehind(proxy: string, more: Record<string, string> = {}) {
  const ca = await authority()
  using place = new Workplace()
  writeFileSync(place.path('ca.pem'), ca.cert)
  await using server = await listenSecurely(await certificate({ ca }))
  const env = { NODE_EXTRA_CA_CERTS: place.path('ca.pem'), HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' }
  const given = Object.entries(more).map(([name, value]) => [name, value.replace('PORT', String(server.port))])
  return await examined(`--base-url https://127.0.0.1:${server.port}`, { ...env, ...Object.fromEntries(given) })
}

test('a proxy with its password is gone through, and the password is not shown', async () => {
  const credentials = `Basic ${Buffer.from('anna:opensesame').toString('base64')}`
  await using proxy = await listenAsProxy((authorization) => (authorization === credentials ? undefined : 407))
  const { code, checks, output } = await examinedBehind(`http://anna:opensesame@127.0.0.1:${proxy.port}`)
  expect(code).toBe(0)
  expect(checks['proxy']?.message).toBe(`http://127.0.0.1:${proxy.port}, by HTTPS_PROXY.`)
  expect(checks['connection']?.message).toMatch(/by the proxy/)
  expect(output).not.toContain('opensesame')
})

test.each([
  [403, /let this server pass/],
  [407, /user and password/],
])('a proxy that refuses with %d is a failure of the connection', async (status, advice) => {
  await using proxy = await listenAsProxy(() => status)
  const { code, checks } = await examinedBehind(`http://127.0.0.1:${proxy.port}`)
  expect(code).toBe(1)
  expect(checks['connection']).toMatchObject({ status: 'failure', message: `The proxy refuses: ${status}.` })
  expect(checks['connection']?.advice).toMatch(advice)
})

test('an empty variable in lower case hides the one in upper case, as for this Node', async () => {
  await using proxy = await listenAsProxy()
  const { code, checks } = await examinedBehind(`http://127.0.0.1:${proxy.port}`, { https_proxy: '' })
  expect(code).toBe(0)
  expect(checks['proxy']?.message).toBe('None is set.')
  expect(proxy.asked).toEqual([])
})

test('a proxy that does not run is a failure of the connection', async () => {
  const { code, checks } = await examinedBehind('http://127.0.0.1:9')
  expect(code).toBe(1)
  expect(checks['connection']?.advice).toMatch(/address of the proxy/)
})

test.each([
  '127.0.0.1',
  '127.0.0.1:PORT',
  '127.0.0.1:1',
  '*',
  '*,x',
  '.0.0.1',
  '*.0.0.1',
  'x 127.0.0.1',
  '7.0.0.1',
  '[::1]',
  '::1',
  '127.0.0.1.',
])('NO_PROXY=%s means what this Node makes of it', async (noProxy) => {
  await using proxy = await listenAsProxy()
  const { code, checks } = await examinedBehind(`http://127.0.0.1:${proxy.port}`, { NO_PROXY: noProxy })
  expect(code).toBe(0)
  // One connection is the doctor's own; those of the API's requests are Node's.
  expect(checks['proxy']?.message).toMatch(proxy.asked.length > 0 ? /by HTTPS_PROXY/ : /NO_PROXY exempts/)
  expect(proxy.asked.length === 0 || proxy.asked.length > 1).toBe(true)
})
