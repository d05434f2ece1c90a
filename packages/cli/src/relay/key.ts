import { randomInt } from 'node:crypto'
import type { Shell } from '../terminal/shell.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** 142 bits of chance. */
const length = 24

/** Prints a new publishable key, alone on standard output, and says on standard error what it is. */
export function makeKey(shell: Shell, isForTest: boolean): void {
  const kind = isForTest ? 'test' : 'live'
  const chosen = Array.from({ length }, () => letters[randomInt(letters.length)])
  const key = `pk_${kind}_${chosen.join('')}`
  shell.report({ type: 'key', key, kind }, () => {
    shell.out.print(key)
    shell.err.wrap(
      '',
      'This is a publishable key: your pages show it to everybody. It says which app sends, and stops nobody who means harm; ' +
        'who a customer is, only a signed identity proves. The relay takes it once it is started with --key; give it two while ' +
        `you replace one. ${kind === 'test' ? 'pk_test_' : 'pk_live_'} is for people: the relay treats both alike.`,
      'dim',
    )
  })
}
