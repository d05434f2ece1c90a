import { isUtf8 } from 'node:buffer'

/** Says which encoding a text has that is not UTF-8, by its first bytes; undefined where they tell of none. */
export function encodingProblem(head: Buffer): string | undefined {
  const start = head.toString('hex', 0, 4)
  if (start === 'fffe0000' || start === '0000feff') return told('UTF-32')
  if (start.startsWith('fffe') || start.startsWith('feff')) return told('UTF-16')
  // Without a byte order mark its first signs tell: half of each is zero.
  const [one, two, three, four] = head
  if (head.length < 4 || one === undefined) return undefined
  const isWide = (one === 0) !== (two === 0) && (one === 0) === (three === 0) && (two === 0) === (four === 0)
  // Without the mark iconv would take the order of bytes of this machine.
  return isWide ? told('UTF-16', one === 0 ? 'UTF-16BE' : 'UTF-16LE') : undefined
}

function told(encoding: string, name = encoding): string {
  return `is ${encoding}. Save it as UTF-8, or change it: iconv -f ${name} -t UTF-8 FILE > NEWFILE`
}

/** Text of a whole file, without its byte order mark, or the reason why it is none. */
export function textOf(bytes: Buffer): { text: string; problem?: undefined } | { text?: undefined; problem: string } {
  const problem = encodingProblem(bytes) ?? (isUtf8(bytes) ? undefined : 'is not UTF-8 text. Save it as UTF-8.')
  if (problem !== undefined) return { problem }
  return { text: bytes.toString().replace(/^\uFEFF/, '') }
}
