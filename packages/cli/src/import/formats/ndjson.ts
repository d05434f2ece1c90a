import type { FieldMap } from './field-map.ts'
import { blank, failed, jsonRecord } from './json.ts'
import { isBlank, type Line, LineCutter } from './lines.ts'
import type { FileRecord, IsWanted, Reader } from './record.ts'

/** Reads one JSON object a line. */
export class NdjsonReader implements Reader {
  readonly #cutter = new LineCutter()
  readonly #map: FieldMap | undefined

  constructor(map: FieldMap | undefined) {
    this.#map = map
  }

  get offset(): number {
    return this.#cutter.offset
  }

  *take(chunk: Buffer, isWanted: IsWanted): Generator<FileRecord> {
    for (const line of this.#cutter.cut(chunk, isWanted)) yield this.#record(line)
  }

  *end(isWanted: IsWanted): Generator<FileRecord> {
    for (const line of this.#cutter.end(isWanted)) yield this.#record(line)
  }

  #record({ number, start, text, reason }: Line): FileRecord {
    const place = { number, line: number, start }
    if (reason !== undefined) return failed(place, '', reason)
    return isBlank(text) ? blank(place) : jsonRecord(place, text, this.#map)
  }
}
