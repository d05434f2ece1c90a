import { writeSync } from 'node:fs'
import { Random } from './random.ts'
import { Recorder } from './record.ts'

/** Arguments of a writer: `node <writer> <file> <record> <first number> <seed>` */
export function writerArguments() {
  const [path = '', record = '', first = '0', seed = '0'] = process.argv.slice(2)
  return { path, recorder: new Recorder(record), first: Number(first), chance: new Random(Number(seed)) }
}

export function customerOf(chance: Random): string {
  return `c${chance.below(20)}`
}

/** Mostly short, and now and then longer than a page. */
export function filler(chance: Random): string {
  return 'x'.repeat(chance.below(10) ? 50 : chance.below(9_000))
}

/**
 * Says that the writer may be killed from here on: the call that follows opens, makes and mends the file. It ends by
 * itself if its parent has died.
 */
export function ready(): void {
  setTimeout(() => process.exit(1), 200_000).unref()
  writeSync(1, 'ready\n')
}
