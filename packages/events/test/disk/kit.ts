import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { Random } from '../crash/random.ts'
import { readSteps, stepsOf } from '../crash/record.ts'
import { Disk, type Luck } from './disk.ts'
import { Expectation } from './expectation.ts'
import { type Fault, runBare, runWriter } from './shim.ts'
import { type Operation, readTrace } from './trace.ts'

/** The findings of a kit. */
export interface DiskReport {
  /** Disks that were opened and held against what was acknowledged. */
  states: number
  /** Events that were acknowledged, over all runs. */
  acknowledged: number
  broken: string[]
}

export interface DiskRun {
  readonly shim: string
  readonly seed: number
  readonly size: 'small' | 'large'
  readonly fault?: Fault
  /** Number of states that are rebuilt of one run at most. */
  readonly most: number
}

/** In memory where that is a directory: what is certain here is what the model of the disk says. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const lucks: readonly Luck[] = ['none', 'all', 'some', 'torn']

/** Runs a writer, with a fault or without, and rebuilds what a power loss leaves at random moments of its run. */
export async function losePower(run: DiskRun): Promise<DiskReport> {
  return inDirectory(async (directory) => {
    const { complaint, operations } = await traceOf(directory, run)
    if (complaint) return { states: 0, acknowledged: 0, broken: [complaint] }
    const report: DiskReport = { states: 0, acknowledged: 0, broken: [] }
    const random = new Random(run.seed)
    const [disk, expectation] = [new Disk(), new Expectation()]
    let record = 0
    for (const [index, operation] of operations.entries()) {
      disk.apply(operation)
      if (operation.kind === 'open' && operation.name === 'record') record = operation.file
      for (const step of said(operation, record)) expectation.add(step)
      if (random.below(operations.length) >= run.most) continue
      const luck = lucks[random.below(lucks.length)] as Luck
      const state = join(directory, `state-${index}`)
      disk.lose(state, luck, random)
      const broken = await faultsOf(expectation, [join(state, 'events.db')])
      report.broken.push(...broken.map((what) => `after operation ${index}, of what was not synced ${luck}: ${what}`))
      report.states++
      rmSync(state, { recursive: true })
    }
    report.acknowledged = expectation.stored
    return report
  })
}

/** Runs a writer whose log another process takes away or cuts, and looks at what the next start finds. */
export async function loseLog(run: Omit<DiskRun, 'most'>): Promise<DiskReport> {
  return inDirectory(async (directory) => {
    const { complaint, operations } = await traceOf(directory, run)
    if (complaint) return { states: 0, acknowledged: 0, broken: [complaint] }
    const expectation = new Expectation()
    const record = operations.find((each) => each.kind === 'open' && each.name === 'record')
    for (const operation of operations) {
      for (const step of said(operation, record && 'file' in record ? record.file : 0)) expectation.add(step)
    }
    const broken = await faultsOf(expectation, outboxesIn(join(directory, 'files')))
    const { what, from } = run.fault ?? {}
    return {
      states: 1,
      acknowledged: expectation.stored,
      broken: broken.map((each) => `seed ${run.seed}, ${what} before ${from}: ${each}`),
    }
  })
}

/** Runs a writer that copies the directory of its own outbox, upon which another one owns it beside the first. */
export async function copyDirectory({ seed }: { seed: number }): Promise<DiskReport> {
  return inDirectory(async (directory) => {
    const files = join(directory, 'files')
    mkdirSync(files)
    const complaint = await runBare([files, String(seed), 'small', '0', 'copy'])
    if (complaint) return { states: 0, acknowledged: 0, broken: [complaint] }
    const expectation = new Expectation()
    for (const step of readSteps(join(files, 'record'), 0).steps) expectation.add(step)
    const broken = await faultsOf(expectation, outboxesIn(files))
    return { states: 1, acknowledged: expectation.stored, broken: broken.map((each) => `seed ${seed}: ${each}`) }
  })
}

function outboxesIn(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => /^events\.db(-rescued-\d+)?$/.test(name))
  return names.map((name) => join(directory, name))
}

async function traceOf(directory: string, { shim, seed, size, fault }: Omit<DiskRun, 'most'>) {
  const files = join(directory, 'files')
  mkdirSync(files)
  const trace = join(directory, 'trace')
  const complaint = await runWriter(shim, { directory: files, trace, seed, size, ...(fault && { fault }) })
  return { complaint, operations: complaint ? [] : readTrace(trace) }
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(place, 'disk-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Reads what the program said with this operation, if it wrote to its record. */
function said(operation: Operation, record: number) {
  return operation.kind === 'write' && operation.file === record ? stepsOf(operation.bytes.toString('latin1')) : []
}

async function faultsOf(expectation: Expectation, paths: readonly string[]): Promise<string[]> {
  try {
    return expectation.compare(await drain(paths))
  } catch (thrown) {
    return [`what is left cannot be read: ${String(thrown)} ${String((thrown as Error).cause)}`]
  }
}

/** Takes out what outboxes have to deliver, in their order. */
async function drain(paths: readonly string[]) {
  const found: { customer: string; number: number }[] = []
  for (const path of paths) {
    const outbox = sqliteOutbox(path)
    for (;;) {
      const claims = await outbox.claim(1_000, 60_000, 'oldest')
      if (claims.length === 0) break
      found.push(...claims.map(({ entry }) => ({ customer: entry.customerId, number: Number(entry.id) })))
      await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
    }
    await outbox.close()
  }
  return found
}
