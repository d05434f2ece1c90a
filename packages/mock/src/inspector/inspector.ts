import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FaultScripts } from '../faults/fault-scripts.ts'
import type { Fault } from '../faults/fault.ts'
import { wireFault } from './encode.ts'
import { serveFile } from './files.ts'
import { createStreams, type InspectorOptions } from './stream.ts'
import type { FaultOrder } from './wire.ts'

/** Answers a request whose path begins with `/_inspector`; requests of other origins have been turned away by then. */
export type Inspect = (request: IncomingMessage, response: ServerResponse) => void

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void

/** Serves the page, the stream of exchanges, and the actions of a page: switch faults on and off. */
export function createInspector(options: InspectorOptions): Inspect {
  const { faults } = options
  const handlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/_inspector/events': { GET: createStreams(options) },
    '/_inspector/faults': {
      POST: (request, response) => void switchOn(faults, request, response),
      DELETE: (_, response) => {
        faults.clear()
        response.writeHead(204).end()
      },
    },
    '/_inspector/faults/': {
      DELETE: (_, response, path) => {
        faults.remove(Number(path.split('/').at(-1)))
        response.writeHead(204).end()
      },
    },
  }
  return (request, response) => {
    const { method = 'GET', url = '/' } = request
    const path = url.split('?', 1)[0]?.replace(/\/$/, '') ?? ''
    if ((method === 'GET' || method === 'HEAD') && serveFile(path, request, response)) return
    const resource = handlers[path.replace(/(?<=^\/_inspector\/faults\/)\d+$/, '')]
    const handler = resource?.[method]
    if (handler !== undefined) handler(request, response, path)
    else if (resource !== undefined)
      refuse(response, 405, `Not with ${method}`, { allow: Object.keys(resource).join(', ') })
    else refuse(response, 404, `Nothing is at ${path}`)
  }
}

async function switchOn(faults: FaultScripts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const order = JSON.parse(await textOf(request)) as FaultOrder | null
    if (typeof order?.fault !== 'object') throw new TypeError('Send { "fault": { … }, "filter": { … } }')
    const endless = Object.entries(order.fault).map(([name, value]) => [name, value ?? Infinity])
    const active = faults.add(Object.fromEntries(endless) as Fault, order.filter)
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(wireFault(active)))
  } catch (error) {
    refuse(response, 400, error instanceof Error ? error.message : String(error))
  }
}

const longestOrder = 10_000

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > longestOrder) throw new Error('That is too long for a fault')
  }
  return text
}

function refuse(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ message }))
}
