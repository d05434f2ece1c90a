import { closeSync, constants, ftruncateSync, readSync, unlinkSync } from 'node:fs'
import { Failure, fileFailure, usage } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'
import { openOwn, Syncing } from './files.ts'
import { LineCutter } from './formats/lines.ts'
import { joined, type Range, rangesIn, textOfRanges } from './ranges.ts'
import { fingerprint, type Source } from './source.ts'
import { writeAll } from './write-all.ts'

/** File and target that a journal belongs to: going on with another would lose lines, or send them twice. */
export interface Run extends Pick<Required<Source>, 'name' | 'digest' | 'file'> {
  /** Call, environment and address of the lines, such as `track test https://…`. */
  target: string
  /** Options by which the lines are read, and their ids made, each with a blank before it. */
  reading: string
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

/** Journal of earlier runs, as it was found. */
interface Found {
  /** Bytes to go on after; 0 if there is none. */
  length: number
  /** Target of those runs. */
  target?: string
  /** True if the file is no more what it was. */
  hasChanged?: boolean
  /** Reason why it cannot be gone on with. */
  problem?: string
}

/** Earlier runs that a restart has forgotten. */
export interface Forgotten {
  /** Lines whose events had arrived. */
  delivered: number
  /** Target of those runs, if it is another one. */
  otherTarget: string | undefined
  hasChanged: boolean
}

const mark = 'obsidian-events-journal 1 '
/** A power loss takes the entries of this time at most: to sync each one would cost more than to send the lines again. */
const syncEveryMs = 100
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
  readonly #syncing: Syncing
  readonly #run: Run
  /** Digest of the file when its journal was begun: the ids of its lines are made of it, however far it has grown. */
  digest: string
  /** Undefined if nothing was forgotten. */
  readonly forgotten: Forgotten | undefined
  #problem: unknown
  #soon: NodeJS.Timeout | undefined
  /** Lines that earlier runs have done, in order. */
  #ranges: Range[] = []
  #next = 0
  #batch: number[] = []
  #hasEntries = false

  /** @param how an existing journal is refused, unless it is to be gone on with, or forgotten */
  constructor(path: string, run: Run, how: 'resume' | 'restart' | undefined) {
    this.#path = path
    this.#run = run
    this.digest = run.digest
    try {
      const { fd, isFile } = openOwn(path, constants.O_RDWR)
      if (!isFile) throw usage(`${plain(path)} is not a file, so it keeps no place. Name one with --journal.`)
      this.#fd = fd
      this.#syncing = new Syncing(fd)
      const old = this.#read()
      if (old.length > 0 && how === undefined) throw this.#unwanted(old)
      if (old.problem !== undefined && how === 'resume') throw usage(old.problem)
      if (how === 'restart') this.forgotten = this.#forget(old)
      const kept = how === 'resume' ? old.length : 0
      ftruncateSync(fd, kept)
      if (kept === 0) writeAll(fd, this.#head())
    } catch (error) {
      throw error instanceof Failure ? error : withoutPlace(fileFailure(path, 'written', error), error)
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

  /** True if there are lines that it does not keep yet. */
  get isDue(): boolean {
    return this.#batch.length > 0
  }

  /** Takes the lines that are due, with the counts of this run. @returns the entry to write */
  take(counts: Counts): string {
    const ranges = joined(this.#batch.map((line) => [line, line]))
    this.#batch = []
    const delivered = this.before.delivered + counts.delivered
    const rejected = this.before.rejected + counts.rejected
    const known = this.before.alreadyDelivered + counts.alreadyDelivered
    const numbers = [delivered, rejected, ...(known > 0 ? [known] : [])].join(' ')
    return `${textOfRanges(ranges)} = ${numbers}\n`
  }

  /** Writes an entry; it is brought to the disk while the work goes on. @throws Failure where the disk does not take it */
  write(entry: string): void {
    try {
      if (this.#problem !== undefined) throw this.#problem
      writeAll(this.#fd, entry)
      this.#hasEntries = true
    } catch (error) {
      throw fileFailure(this.#path, 'written', error)
    }
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.#syncing.sync().catch((error: unknown) => (this.#problem ??= error))
    }, syncEveryMs)
  }

  /** Resolves once all entries are on the disk. */
  async sync(): Promise<void> {
    clearTimeout(this.#soon)
    try {
      if (this.#problem !== undefined) throw this.#problem
      await this.#syncing.sync()
    } catch (error) {
      throw fileFailure(this.#path, 'written', error)
    }
  }

  /** Closes the journal, and removes one without an entry, which is of no use. */
  close(): void {
    closeSync(this.#fd)
    if (!this.#hasEntries) unlinkSync(this.#path)
  }

  #head(): string {
    const { file, digest, target, reading } = this.#run
    const { size, mtimeMs } = file.stats
    return `${mark}${size} ${mtimeMs} ${digest}.${fingerprint(file.path, size).samples} ${target}${reading}\n`
  }

  #read(): Found {
    if (!isBegun(this.#fd)) throw this.#foreign()
    let found: Found = { length: 0 }
    for (const { text } of linesOf(this.#fd)) {
      if (found.length === 0) found = this.#compared(text)
      else if (!this.#take(text)) break
      found.length += Buffer.byteLength(text) + 1
    }
    this.#ranges = joined(this.#ranges)
    return found
  }

  /** @returns whether it was an entry */
  #take(text: string): boolean {
    const entry = /^([0-9a-z]+(?:[- ][0-9a-z]+)*) = (\d+) (\d+)(?: (\d+))?$/
    const [, ranges, delivered, rejected, known = 0] = entry.exec(text) ?? []
    if (ranges === undefined) return false
    this.#hasEntries = true
    const before = { delivered: Number(delivered), rejected: Number(rejected), alreadyDelivered: Number(known) }
    Object.assign(this.before, before)
    this.#ranges.push(...rangesIn(ranges))
    if (this.#ranges.length > mostRanges) this.#ranges = joined(this.#ranges)
    return true
  }

  #forget({ target, hasChanged = false }: Found): Forgotten | undefined {
    const delivered = this.before.delivered + this.before.alreadyDelivered
    this.#ranges = []
    this.#hasEntries = false
    Object.assign(this.before, noCounts())
    const otherTarget = target === this.#run.target ? undefined : target
    return delivered === 0 ? undefined : { delivered, otherTarget, hasChanged }
  }

  #unwanted({ target }: Found): Failure {
    const { name, target: now } = this.#run
    if (target !== undefined && target !== now) {
      return usage(
        `${name} was sent before, at least in part, to another target (${plain(target)}) than this one (${plain(now)}). Begin at its first line with --restart, which forgets how far that is, or keep both places: --journal FILE.`,
      )
    }
    return usage(
      `${name} was sent before, at least in part: ${plain(this.#path)} knows how far. Go on with --resume, or begin at its first line again with --restart.`,
    )
  }

  #foreign(): Failure {
    return usage(`${plain(this.#path)} is not a journal of this command. Name another file with --journal.`)
  }

  /** Compares the first line of a journal with this run. */
  #compared(head: string): Found {
    const [size = '', mtimeMs = '', known = '', ...words] = head.slice(mark.length).split(' ')
    const [digest = '', samples] = known.split('.')
    const [target, reading] = cutAtOptions(words.join(' '))
    if (!this.#isBegunWith(Number(size), Number(mtimeMs), digest, samples)) {
      const problem = `${this.#run.name} has changed since its journal was begun, so the place in it is lost. Begin at its first line again with --restart.`
      return { length: 0, target, hasChanged: true, problem }
    }
    this.digest = digest
    const problem = this.#otherThan(target, reading)
    return { length: 0, target, ...(problem !== undefined && { problem }) }
  }

  #otherThan(target: string, reading: string): string | undefined {
    const { name, ...now } = this.#run
    if (target !== now.target) {
      return `The journal was begun for another target (${plain(target)}) than this one (${plain(now.target)}). Resume with that, or begin at the first line again with --restart.`
    }
    if (reading === now.reading) return undefined
    const [was, is] = [reading, now.reading].map((options) => plain(options.trim() || 'no such option', 1_000))
    return `${name} was read in another way when its journal was begun (${was}) than now (${is}), so its lines would be other events. Resume with the same options, or begin at the first line again with --restart.`
  }

  /** Tells if the file is what it was, or has grown since and begins with that. */
  #isBegunWith(size: number, mtimeMs: number, digest: string, samples: string | undefined): boolean {
    const { digest: now, file } = this.#run
    if (size === file.stats.size) return mtimeMs === file.stats.mtimeMs && digest === now
    if (!(size < file.stats.size)) return false
    const then = fingerprint(file.path, size)
    return digest === then.digest && (samples === undefined || samples === then.samples)
  }
}

/** Cuts a target, of which no word begins like an option, from the options behind it. */
function cutAtOptions(text: string): [target: string, reading: string] {
  const at = text.indexOf(' --')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

/** A place that cannot be kept beside the file may be kept elsewhere. */
function withoutPlace({ message, exitCode, code }: Failure, error: unknown): Failure {
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
  const advice = isForbidden ? ' Keep the place of the import in another folder: --journal FILE.' : ''
  return new Failure(message + advice, exitCode, code)
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
