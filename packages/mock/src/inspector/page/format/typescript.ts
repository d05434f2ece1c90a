import type { WireExchange } from '../../wire.ts'
import { fieldsOf, isRecord, kindOf, parsed } from './fields.ts'

type Request = Pick<WireExchange, 'method' | 'path' | 'headers' | 'text' | 'operation'>

/** The call of the SDK that sends the same; a fetch where the SDK has none. */
export function callOf(request: Request, origin: string): string {
  const { operation, text } = request
  const fields = fieldsOf(text)
  const { all = {}, customerId, event } = fields
  if (customerId === undefined) return fetchOf(request, origin)
  const { customer_id: _, ...traits } = all
  if (kindOf(operation, fields) === 'identify') {
    return `await tracker.identifyCustomer(${literal(customerId)}, ${literal(traits)})`
  }
  const { event: _event, category, property, ...unknown } = traits
  if (event === undefined || operation === undefined || Object.keys(unknown).length > 0) return fetchOf(request, origin)
  const options = { ...(category !== undefined && { category }), ...(property !== undefined && { property }) }
  const last = Object.keys(options).length === 0 ? '' : `, ${literal(options)}`
  return `await tracker.trackEvent(${literal(customerId)}, ${literal(event)}${last})`
}

function fetchOf({ method, path, headers, text }: Request, origin: string): string {
  const sent = {
    method,
    headers: { Authorization: 'Bearer any-token', 'Content-Type': headers['content-type'] ?? 'application/json' },
  }
  const body = parsed(text)
  const json = isRecord(body) ? `JSON.stringify(${literal(body, 1)})` : literal(text)
  const lines = Object.entries(sent).map(([name, value]) => `  ${name}: ${literal(value, 1)},\n`)
  return `await fetch(${literal(origin + path)}, {\n${lines.join('')}${text === '' ? '' : `  body: ${json},\n`}})`
}

/** The expectation of a test that this request has arrived, as the matchers of this package take it. */
export function expectationOf({ operation, method, path, text }: Request): string {
  const body = parsed(text)
  if (operation === undefined) return `expect(mock).toHaveReceived(${literal({ method, path })})`
  return `expect(mock).toHaveReceived(${literal(operation)}${isRecord(body) ? `, ${literal(body)}` : ''})`
}

const widest = 100

/** A JSON value as a person writes it in TypeScript: in one line where it is short. */
export function literal(value: unknown, depth = 0): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const parts = Array.isArray(value)
    ? value.map((item) => literal(item, depth + 1))
    : Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${literal(item, depth + 1)}`)
  if (parts.length === 0) return open + close
  const gap = Array.isArray(value) ? '' : ' '
  const line = `${open}${gap}${parts.join(', ')}${gap}${close}`
  if (line.length + depth * 2 <= widest && !line.includes('\n')) return line
  const indent = '  '.repeat(depth + 1)
  return `${open}\n${parts.map((part) => `${indent}${part},\n`).join('')}${'  '.repeat(depth)}${close}`
}

/** Name of a field in an object or a type, quoted where it is no identifier. */
export function nameOf(name: string): string {
  // In an object literal this name alone would set the prototype.
  if (name === '__proto__') return `['__proto__']`
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

export function quoted(text: string): string {
  const inner = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
  return `'${inner}'`
}
