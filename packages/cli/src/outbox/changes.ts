import { createInterface } from 'node:readline'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { Failure, usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { count, plain, plural } from '../terminal/text.ts'
import type { Place } from './place.ts'

const batch = 1_000

const whenSent = {
  file: 'A tracker sends pending events when it next opens the file.',
  database: 'The trackers and relays that share the database send them, now or when one is started.',
} as const

/** @param ids of the dead letters; all of them if left out */
export async function replayDead(shell: Shell, place: Place, ids: readonly string[] | undefined): Promise<void> {
  const outbox = await place.open({ toChange: true })
  try {
    const wanted = ids === undefined ? (await outbox.counts()).dead : new Set(ids).size
    const replayed = ids === undefined ? await replayAll(outbox) : await outbox.replay(ids)
    shell.report({ type: 'replayed', ...place.fields, replayed, left: wanted - replayed }, () => {
      const { out } = shell
      if (wanted === 0) out.wrap('', `${place.name} has no dead letters: nothing to replay.`)
      if (replayed === 0) return
      out.wrap(`${out.tone('green', '✓')} `, `${plural(replayed, 'dead letter')} pending again`)
      out.wrap('  ', whenSent[place.kind], 'dim')
    })
    if (replayed === wanted) return
    const left = `${count(wanted - replayed)} of ${count(wanted)}`
    throw new Failure(
      `${left} not replayed: no dead letter has that id, or its event is pending again, or was delivered since.`,
    )
  } finally {
    await outbox.close()
  }
}

async function replayAll(outbox: Outbox): Promise<number> {
  let replayed = 0
  let letters = await outbox.dead(batch)
  while (letters.length > 0) {
    replayed += await outbox.replay(letters.map(({ id }) => id))
    letters = await outbox.dead(batch, letters.at(-1)?.id)
  }
  return replayed
}

export async function forgetCustomer(shell: Shell, place: Place, customerId: string, isSure: boolean): Promise<void> {
  const outbox = await place.open({ toChange: true })
  try {
    if (!isSure && !(await confirmed(shell, place, customerId))) return shell.out.print('Nothing was erased.')
    const erased = await outbox.forget(customerId)
    const forgotten = erased.pending + erased.dead
    shell.report({ type: 'forgotten', ...place.fields, customerId, forgotten }, () => {
      const { out } = shell
      out.wrap(`${out.tone('green', '✓')} `, `${plural(forgotten, 'event')} of ${plain(customerId, 200)} erased`)
    })
  } finally {
    await outbox.close()
  }
}

/** Asks for confirmation. @throws Failure without a terminal to answer in */
async function confirmed(
  { stdin, out, options, stopped }: Shell,
  { name }: Place,
  customerId: string,
): Promise<boolean> {
  if (options.json || !out.live || stdin.isTTY !== true) {
    throw usage('Erasing cannot be undone, and there is no terminal to ask in: say --yes.')
  }
  out.wrap('', `Erase all that ${name} keeps of ${plain(customerId, 200)}? It cannot be undone.`)
  out.write('[y/N] ')
  const answers = createInterface({ input: stdin as unknown as NodeJS.ReadableStream, signal: stopped })
  try {
    for await (const answer of answers) return /^y(es)?$/i.test(answer.trim())
    return false
  } finally {
    // Else the terminal is read on, and the process does not end.
    answers.close()
  }
}
