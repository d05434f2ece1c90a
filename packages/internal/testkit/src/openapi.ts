import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/**
 * The OpenAPI document as editors should show it: without the notes of a description on where something is written
 * (`**Source:** …`) and what was taken for granted (`**Assumption:** …`), each up to the end of its paragraph.
 */
export async function documentForEditors(document: URL): Promise<object> {
  return withoutNotes(parse(await readFile(document, 'utf8'))) as object
}

function withoutNotes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNotes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'description' && typeof member === 'string' ? proseOf(member) : withoutNotes(member),
    ]),
  )
}

/** A description without its notes. */
export function proseOf(description: string): string {
  const paragraphs = description.split(/\n\s*\n/)
  const left = paragraphs.map((paragraph) => paragraph.replace(/\s*\*\*(?:Source|Assumption):\*\*[\s\S]*$/, '').trim())
  return left.filter((paragraph) => paragraph !== '').join('\n\n')
}
