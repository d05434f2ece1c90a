import http from 'node:http'
import { text } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import Anthropic from '@anthropic-ai/sdk'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import axios from 'axios'
import got from 'got'
import nodeFetch from 'node-fetch'
import OpenAI from 'openai'
import { Stripe } from 'stripe'
import * as undici from 'undici'

/** Makes a call to the vendor at an address, for a path of its own, and gives the text of its answer. */
export type Call = (url: string, path: string) => Promise<unknown>

const messages = [{ role: 'user' as const, content: 'hello' }]
const pools = new Map<string, undici.Pool>()
const keptAgent = new http.Agent({ keepAlive: true, maxSockets: 3 })

function poolOf(url: string): undici.Pool {
  const pool = pools.get(url) ?? new undici.Pool(url, { connections: 3 })
  pools.set(url, pool)
  return pool
}

function openAi(url: string, path: string): OpenAI {
  return new OpenAI({ apiKey: 'k', baseURL: `${url}${path}` })
}

function anthropic(url: string, path: string): Anthropic {
  return new Anthropic({ apiKey: 'k', baseURL: `${url}${path}` })
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

function dispatched(url: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let body = ''
  poolOf(url).dispatch(
    { path, method: 'GET' },
    {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: (_controller, chunk) => void (body += chunk.toString()),
      onResponseEnd: () => resolve(body),
      onResponseError: (_controller, error) => reject(error),
    },
  )
  return promise
}

async function streamed(url: string, path: string): Promise<string> {
  let body = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      body += String(chunk)
      done()
    },
  })
  await undici.stream(`${url}${path}`, { method: 'GET' }, () => sink)
  return body
}

function byHttp(url: string, path: string, options: http.RequestOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  http.get(`${url}${path}`, options, (response) => resolve(text(response))).on('error', reject)
  return promise
}

/** The clients that people use. Each is told the path under which its calls are known. */
export const clients: Record<string, Call> = {
  'the OpenAI SDK': (url, path) => openAi(url, path).chat.completions.create({ model: 'm', messages }),
  'the OpenAI SDK, streaming': async (url, path) =>
    all(await openAi(url, path).chat.completions.create({ model: 'm', messages, stream: true })),
  'the Anthropic SDK': (url, path) => anthropic(url, path).messages.create({ model: 'm', max_tokens: 9, messages }),
  'the Anthropic SDK, streaming': (url, path) =>
    anthropic(url, path).messages.stream({ model: 'm', max_tokens: 9, messages }).finalText(),
  'the AWS SDK': async (url, path) => {
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' }
    const client = new S3Client({ region: 'eu-west-1', endpoint: url, forcePathStyle: true, credentials })
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: path.slice(1) }))
    return Body?.transformToString()
  },
  Stripe: (url, path) => {
    const { hostname, port } = new URL(url)
    const stripe = new Stripe('sk_test_x', { host: hostname, port, protocol: 'http' })
    return stripe.customers.list({ email: path })
  },
  axios: async (url, path) => (await axios.get(`${url}${path}`)).data,
  got: (url, path) => got(`${url}${path}`).json(),
  'node-fetch': async (url, path) => (await nodeFetch(`${url}${path}`)).json(),
  fetch: async (url, path) => (await fetch(`${url}${path}`)).json(),
  "undici's fetch": async (url, path) => (await undici.fetch(`${url}${path}`)).json(),
  "undici's request": async (url, path) => (await undici.request(`${url}${path}`)).body.json(),
  "undici's stream": streamed,
  'a pool of undici': async (url, path) => (await poolOf(url).request({ path, method: 'GET' })).body.json(),
  "undici's dispatch": dispatched,
  'node:http': byHttp,
  'node:http with an agent that keeps three connections': (url, path) => byHttp(url, path, { agent: keptAgent }),
}
