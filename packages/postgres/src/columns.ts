import type { DeadLetter, OutboxEntry, Verdict } from '@obsidianlaunch/events/outbox-kit'
import { longestMs, storable } from './limits.ts'
import type { Lease } from './rows.ts'

export type Settling = readonly [lease: Lease, verdict: Verdict]

/** Lists entries column by column, as `append` takes them: one list each of PostgreSQL's. */
export function columnsOfEntries(entries: readonly OutboxEntry[]): unknown[][] {
  return [
    ...columnsOfKeys(entries),
    entries.map(({ hasMintedId = false }) => hasMintedId),
    ...columnsOfContents(entries),
  ]
}

/** Lists dead letters column by column, as `take_over` takes them. */
export function columnsOfLetters(letters: readonly DeadLetter[]): unknown[][] {
  const entries = letters.map(({ entry }) => entry)
  return [
    ...columnsOfKeys(entries),
    ...columnsOfContents(entries),
    letters.map(({ diedAt }) => Math.round(diedAt)),
    letters.map(({ reason }) => reason),
    letters.map(({ attempts }) => attempts),
    letters.map(({ status }) => status ?? null),
    letters.map(({ detail }) => storable(detail) ?? null),
  ]
}

/** Lists verdicts column by column, as `settle` takes them. */
export function columnsOfSettlings(settlings: readonly Settling[]): unknown[][] {
  const retries = settlings.map(([, verdict]) => (verdict.kind === 'retry' ? verdict : undefined))
  const deaths = settlings.map(([, verdict]) => (verdict.kind === 'dead' ? verdict : undefined))
  return [
    settlings.map(([{ entry }]) => entry.customerId),
    settlings.map(([{ token }]) => token),
    settlings.map(([{ seq }]) => seq),
    settlings.map(([, { kind }]) => kind),
    retries.map((retry) => Math.min(retry?.afterMs ?? 0, longestMs)),
    retries.map((retry) => retry?.isRefusal ?? false),
    deaths.map((death) => death?.reason ?? null),
    deaths.map((death) => death?.attempts ?? null),
    deaths.map((death) => death?.status ?? null),
    deaths.map((death) => storable(death?.detail) ?? null),
  ]
}

function columnsOfKeys(entries: readonly OutboxEntry[]): unknown[][] {
  return [
    entries.map(({ customerId }) => customerId),
    entries.map(({ environment = 'test' }) => environment),
    entries.map(({ id }) => id),
  ]
}

function columnsOfContents(entries: readonly OutboxEntry[]): unknown[][] {
  return [
    entries.map(({ operation }) => operation),
    entries.map(({ body }) => body),
    entries.map(({ acceptedAt }) => Math.round(acceptedAt)),
  ]
}
