import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../crash/random.ts'
import type { Operation } from './trace.ts'

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number }
type Naming = (names: Map<string, number>) => void

interface File {
  /** Content that the disk has for certain. */
  readonly certain: Content
  /** Changes that came after, of which it may have any part. */
  open: Change[]
}

/** Share of what is not certain that a power loss leaves. */
export type Luck = 'none' | 'all' | 'some' | 'torn'

/** Smallest pieces of which a disk has either the old or the new. */
const sector = 512

/**
 * A disk that the operations of a program have reached. What was synced is certain; of what was not, each piece may be
 * there or not, whatever its order. Names change in order, and are certain with the next sync of a file or the directory.
 */
export class Disk {
  readonly #files = new Map<number, File>()
  readonly #names = new Map<string, number>()
  #namings: Naming[] = []

  apply(operation: Operation): void {
    switch (operation.kind) {
      case 'open':
        this.#files.set(operation.file, { certain: new Content(Buffer.alloc(0)), open: [] })
        this.#namings.push((names) => names.set(operation.name, operation.file))
        break
      case 'write':
        this.#change(operation.file, { at: operation.at, bytes: operation.bytes })
        break
      case 'truncate':
        this.#change(operation.file, { size: operation.size })
        break
      case 'sync':
        this.#sync(operation)
        break
      case 'sync-directory':
        this.#name()
        break
      case 'unlink':
        this.#namings.push((names) => names.delete(operation.name))
        break
      case 'rename':
        this.#namings.push((names) => rename(names, operation.name, operation.to))
        break
      case 'cut':
        throw new Error('A disk on which another process cuts a file is not rebuilt')
    }
  }

  /** Writes a state after a power loss now into a directory of its own. */
  lose(directory: string, luck: Luck, random: Random): void {
    mkdirSync(directory)
    const names = new Map(this.#names)
    const known = luck === 'none' ? 0 : luck === 'all' ? this.#namings.length : random.below(this.#namings.length + 1)
    for (const naming of this.#namings.slice(0, known)) naming(names)
    for (const [name, file] of names) {
      if (name === 'record') continue
      writeFileSync(join(directory, name), left(this.#files.get(file) as File, luck, random))
    }
  }

  #change(file: number, change: Change): void {
    this.#files.get(file)?.open.push(change)
  }

  #sync({ file: number, fails }: { file: number; fails: boolean }): void {
    const file = this.#files.get(number) as File
    if (fails) {
      // What it has not written counts as written from then on, and is nowhere.
      file.open = file.open.filter((change) => 'size' in change)
      return
    }
    file.certain.add(file.open)
    file.open = []
    this.#name()
  }

  #name(): void {
    for (const naming of this.#namings) naming(this.#names)
    this.#namings = []
  }
}

function rename(names: Map<string, number>, name: string, to: string): void {
  const file = names.get(name)
  names.delete(name)
  if (file !== undefined) names.set(to, file)
}

function left({ certain, open }: File, luck: Luck, random: Random): Buffer {
  const content = new Content(Buffer.from(certain.bytes))
  const end = luck === 'torn' ? random.below(open.length + 1) : luck === 'all' ? open.length : 0
  content.add(open.slice(0, end))
  const uncertain = luck === 'torn' ? open.slice(end, end + 1) : luck === 'some' ? open : []
  content.add(uncertain.flatMap(piecesOf).filter(() => random.below(2) === 0))
  return content.bytes
}

function piecesOf(change: Change): Change[] {
  if ('size' in change) return [change]
  const pieces: Change[] = []
  for (let start = 0; start < change.bytes.length; start += sector) {
    pieces.push({ at: change.at + start, bytes: change.bytes.subarray(start, start + sector) })
  }
  return pieces
}

/** The bytes of a file. */
class Content {
  #bytes: Buffer
  #size: number

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#size = bytes.length
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size)
  }

  add(changes: readonly Change[]): void {
    for (const change of changes) {
      if ('size' in change) this.#resize(change.size)
      else {
        this.#resize(Math.max(this.#size, change.at + change.bytes.length))
        change.bytes.copy(this.#bytes, change.at)
      }
    }
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) this.#bytes = Buffer.concat([this.bytes, Buffer.alloc(2 * size - this.#size)])
    if (size < this.#size) this.#bytes.fill(0, size, this.#size)
    this.#size = size
  }
}
