import { type Headers, isJson, isXml } from '../recording/headers.ts'

/** Writes a documented body as its media type wants it: JSON in quotes, XML in tags, any other text as it is. */
export function serialise(body: unknown, headers: Headers): string {
  if (typeof body === 'string' && !isJson(headers)) return body
  return isXml(headers) ? xmlOf('xml', body) : JSON.stringify(body)
}

/** Writes a value as Prism's server does: a tag for each field and each item of a list, within one called `xml`. */
function xmlOf(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => xmlOf(name, item)).join('')
  if (value === null || value === undefined) return `<${name}></${name}>`
  if (typeof value === 'string') return `<${name}>${escaped(value)}</${name}>`
  if (typeof value !== 'object') return `<${name}>${JSON.stringify(value)}</${name}>`
  const fields = Object.entries(value).map(([field, part]) => xmlOf(field, part))
  return `<${name}>${fields.join('')}</${name}>`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
