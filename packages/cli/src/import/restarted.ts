import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'
import type { Forgotten, Journal } from './journal.ts'

/** Facts about an import that tell whether its events can be known again. */
export interface Memory {
  /** True if an outbox knows what was delivered. */
  hasOutbox: boolean
  /** True if ids of events do not depend on their places in the file. */
  hasOwnIds: boolean
}

/** Warns of what a restart repeats, or forgets. */
export function warnOfRestart(shell: Shell, file: string, journal: Journal | undefined, memory: Memory): void {
  const warning = journal?.forgotten && warningOf(file, journal.forgotten, memory)
  if (warning !== undefined) shell.err.wrap('', warning, 'yellow')
}

function warningOf(file: string, forgotten: Forgotten, { hasOutbox, hasOwnIds }: Memory): string | undefined {
  const { delivered, otherTarget, hasChanged } = forgotten
  const before = `${plural(delivered, 'line')} of ${file} ${delivered === 1 ? 'was' : 'were'} delivered before`
  if (otherTarget !== undefined) {
    return `${before}, to another target (${plain(otherTarget)}), and that place is forgotten now. To keep the place of each target, give each a journal: --journal FILE.`
  }
  const next =
    'To send nothing twice, name what tells events apart (--id-field), and an outbox that remembers it (--outbox).'
  if (!hasOutbox) return `${before}. All lines are sent again, since nothing remembers which those were. ${next}`
  if (!hasChanged || hasOwnIds) return undefined
  return `${before}, and it has changed since: without ids of their own its events are sent again, as other ones. ${next}`
}
