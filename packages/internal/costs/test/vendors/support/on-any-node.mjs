// Runs on Nodes that run no TypeScript: calls of customers by what each of them has, and says whose they were booked to.
import { createServer, get, Agent } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { withCustomer } from '@obsidianlaunch/events/context'
import { bookVendorCalls } from '@obsidianlaunch/events/vendors'
import axios from 'axios'
import got from 'got'
import nodeFetch from 'node-fetch'

const server = createServer(async (request, response) => {
  await sleep(Math.random() * 3)
  response.end(request.url)
}).listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(server, 'listening')
// By a proxy the host need not exist.
const url = process.env.VENDOR ?? `http://127.0.0.1:${server.address().port}`
const agent = new Agent({ keepAlive: true, maxSockets: 3 })

function byHttp(address, options = {}) {
  return new Promise((resolve, reject) => {
    get(address, options, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}

const all = {
  fetch: async (address) => (await fetch(address)).text(),
  http: (address) => byHttp(address),
  agent: (address) => byHttp(address, { agent }),
  axios: (address) => axios.get(address),
  got: (address) => got(address).text(),
  nodeFetch: async (address) => (await nodeFetch(address)).text(),
}
const ways = Object.entries(all).filter(([name]) => (process.env.WAYS ?? name).split(',').includes(name))
const booked = { right: 0, wrong: 0 }
const hosts = new Set()
const tracker = {
  trackEvent(customer, _event, { property: { path, host } }) {
    hosts.add(host.replace(/^127.*/, 'here'))
    booked[path.startsWith(`/of-${customer}/`) ? 'right' : 'wrong']++
  },
}
const rules = { '*': { event: 'Call', property: ({ path, host }) => ({ path, host }) } }
const stop = bookVendorCalls(tracker, rules, { logger: console })
const calls = Array.from({ length: 300 }, (_, n) =>
  withCustomer(`user${n % 20}`, async () => {
    await sleep(Math.random() * 10)
    await ways[n % ways.length][1](`${url}/of-user${n % 20}/${n}?key=secret`)
  }),
)
await Promise.all(calls)
// oxlint-disable-next-line no-console -- its output
console.log(JSON.stringify({ ...booked, hosts: [...hosts], ...stop.stats() }))
process.exit()
