import { closeSync, existsSync, openSync, readSync, truncateSync, unlinkSync } from 'node:fs'
import { Failure, fileFailure, usage } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'
import { LineCutter } from './formats/lines.ts'
import type { Source } from './source.ts'
import { writeAll } from './write-all.ts'

/** File and target that a journal belongs to: going on with another would lose lines, or send them twice. */
export interface Run extends Pick<Required<Source>, 'name' | 'digest' | 'file'> {
  /** Call, environment and address of the lines, such as `track test https://…`. */
  target: string
}

export interface Counts {
  delivered: number
  rejected: number
  /** Lines whose events had been delivered before, by whatever is known of them. */
  alreadyDelivered: number
}

export function noCounts(): Counts {
  return { delivered: 0, rejected: 0, alreadyDelivered: 0 }
}

/** Number of lines that need not be looked at again. */
export function finishedIn({ delivered, rejected, alreadyDelivered }: Counts): number {
  return delivered + rejected + alreadyDelivered
}

/** Lines in a row: the first and the last. */
type Range = [from: number, to: number]

const mark = 'obsidian-events-journal 1 '
/** Number of ranges that are kept before they are joined. */
const mostRanges = 65_536

/**
 * Keeps on the disk which lines are done, so that the next run can go on.
 *
 * After its first line, each line tells of some lines of the file by their numbers to the base 36, and then how many have
 * been delivered and rejected so far, and how many were known to be delivered, if any: `a0-b2 b5 = 401 3`. A line that is not
 * whole was being written when the process died, and does not count.
 */
export class Journal {
  readonly #path: string
  /** Counts of earlier runs. */
  readonly before: Counts = noCounts()
  readonly #fd: number
  /** Lines that earlier runs have done, in order. */
  #ranges: Range[] = []
  #next = 0
  #batch: number[] = []
  #hasEntries = false

  /** @param how an existing journal is refused, unless it is to be gone on with, or forgotten */
  constructor(path: string, { name, digest, file, target }: Run, how: 'resume' | 'restart' | undefined) {
    this.#path = path
    const { size, mtimeMs } = file.stats
    const head = `${mark}${size} ${mtimeMs} ${digest} ${target}\n`
    try {
      const old = existsSync(path) ? this.#read(name, head) : undefined
      if (old !== undefined && how === undefined) throw this.#unwanted(name)
      if (old?.problem !== undefined && how === 'resume') throw usage(old.problem)
      if (how === 'restart') this.#forget()
      const kept = how === 'resume' ? (old?.length ?? 0) : 0
      if (old !== undefined) truncateSync(path, kept)
      this.#fd = openSync(path, 'a')
      if (kept === 0) writeAll(this.#fd, head)
    } catch (error) {
      throw error instanceof Failure ? error : fileFailure(path, 'written', error)
    }
  }

  /** True if an earlier run has done a line. To be asked in the order of the lines. */
  hasDone(line: number): boolean {
    while ((this.#ranges[this.#next]?.[1] ?? Infinity) < line) this.#next++
    return (this.#ranges[this.#next]?.[0] ?? Infinity) <= line
  }

  /** Notes a line as done; it is kept at the next flush. */
  add(line: number): void {
    this.#batch.push(line)
  }

  /** True if an earlier run has done lines. */
  get isResumed(): boolean {
    return this.#ranges.length > 0
  }

  /** @param counts of this run. @throws Failure where the disk does not take it */
  flush(counts: Counts): void {
    if (this.#batch.length === 0) return
    const ranges = joined(this.#batch.map((line) => [line, line]))
    this.#batch = []
    const delivered = this.before.delivered + counts.delivered
    const rejected = this.before.rejected + counts.rejected
    const known = this.before.alreadyDelivered + counts.alreadyDelivered
    const numbers = [delivered, rejected, ...(known > 0 ? [known] : [])].join(' ')
    const text = ranges.map(([from, to]) => (from === to ? base36(from) : `${base36(from)}-${base36(to)}`))
    try {
      writeAll(this.#fd, `${text.join(' ')} = ${numbers}\n`)
      this.#hasEntries = true
    } catch (error) {
      throw fileFailure(this.#path, 'written', error)
    }
  }

  /** Closes the journal, and removes one without an entry, which is of no use. */
  close(): void {
    closeSync(this.#fd)
    if (!this.#hasEntries) unlinkSync(this.#path)
  }

  #read(name: string, head: string): { length: number; problem?: string } {
    const fd = openSync(this.#path, 'r')
    try {
      if (!isBegun(fd)) throw this.#foreign()
      let length = 0
      for (const { text } of linesOf(fd)) {
        if (length > 0 && !this.#take(text)) break
        if (length === 0 && `${text}\n` !== head) return { length, problem: this.#mismatch(name, text, head) }
        length += Buffer.byteLength(text) + 1
      }
      this.#ranges = joined(this.#ranges)
      return { length }
    } finally {
      closeSync(fd)
    }
  }

  /** @returns whether it was an entry */
  #take(text: string): boolean {
    const entry = /^([0-9a-z]+(?:[- ][0-9a-z]+)*) = (\d+) (\d+)(?: (\d+))?$/
    const [, ranges, delivered, rejected, known = 0] = entry.exec(text) ?? []
    if (ranges === undefined) return false
    this.#hasEntries = true
    const before = { delivered: Number(delivered), rejected: Number(rejected), alreadyDelivered: Number(known) }
    Object.assign(this.before, before)
    for (const range of ranges.split(' ')) {
      const [from = '', to = from] = range.split('-')
      this.#ranges.push([Number.parseInt(from, 36), Number.parseInt(to, 36)])
    }
    if (this.#ranges.length > mostRanges) this.#ranges = joined(this.#ranges)
    return true
  }

  #forget(): void {
    this.#ranges = []
    this.#hasEntries = false
    Object.assign(this.before, noCounts())
  }

  #unwanted(name: string): Failure {
    return usage(
      `${name} was sent before, at least in part: ${plain(this.#path)} knows how far. Go on with --resume, or send all of it again with --restart.`,
    )
  }

  #foreign(): Failure {
    return usage(`${plain(this.#path)} is not a journal of this command. Name another file with --journal.`)
  }

  #mismatch(name: string, text: string, head: string): string {
    const [old, now] = [text, head.trimEnd()].map((line) => line.slice(mark.length).split(' '))
    if (old?.slice(0, 3).join() !== now?.slice(0, 3).join()) {
      return `${name} has changed since its journal was begun, so the place in it is lost. Send all of it with --restart.`
    }
    const [was, is] = [old, now].map((fields) => plain(fields?.slice(3).join(' ') ?? ''))
    return `The journal was begun for another target (${was}) than this one (${is}). Resume with that, or send all with --restart.`
  }
}

function* linesOf(fd: number) {
  const cutter = new LineCutter()
  const chunk = Buffer.alloc(64 * 1024)
  for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
    yield* cutter.cut(chunk.subarray(0, length), () => true)
  }
}

/** Tells a journal, or as much of one as a crash has left. */
function isBegun(fd: number): boolean {
  const start = Buffer.alloc(mark.length)
  const length = readSync(fd, start, 0, mark.length, 0)
  return mark.startsWith(start.toString('latin1', 0, length))
}

function base36(line: number): string {
  return line.toString(36)
}

/** Joins ranges: the same lines in as few ranges as possible, in order. */
function joined(ranges: Range[]): Range[] {
  const result: Range[] = []
  let last: Range | undefined
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else result.push((last = [from, to]))
  }
  return result
}
