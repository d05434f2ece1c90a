import { execFileSync } from 'node:child_process'
import { afterAll, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'

const at = new Workplace()
afterAll(() => at[Symbol.dispose]())
const { stdout: script } = await at.run('obsidian-events completion bash')

/** Words that bash offers where the line ends, with the word breaks of a real line. */
function offered(line: string): string[] {
  const words = line.split(/ |(?==)|(?<==)/)
  const list = words.map((word) => `'${word}'`).join(' ')
  const program = `set -u
${script}
compopt() { echo FILES; }
COMP_WORDS=(${list}) COMP_CWORD=${words.length - 1}
_obsidian_events
printf '%s\\n' "\${COMPREPLY[@]-}"`
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

test.each([
  ['obsidian-events ou', ['outbox']],
  ['obsidian-events outbox ', ['list', 'dead', 'replay', 'forget', 'migrate', 'sql', 'move']],
  ['obsidian-events --json outbox re', ['replay']],
  ['obsidian-events --environment production outbox re', ['replay']],
  ['obsidian-events --environment ', ['test', 'production']],
  ['obsidian-events track --environment=pro', ['production']],
  ['obsidian-events track --environment=', ['test', 'production']],
  ['obsidian-events track --dr', ['--dry-run']],
  ['obsidian-events track user123 click --prop', ['--property', '--properties']],
  ['obsidian-events identify --plan-', ['--plan-value', '--plan-currency', '--plan-interval']],
  ['obsidian-events outbox list --js', ['--json']],
  ['obsidian-events relay k', ['key']],
  ['obsidian-events relay key --t', ['--test']],
  ['obsidian-events mock --re', ['--record']],
  ['obsidian-events listen --op', ['--open']],
  ['obsidian-events completion ', ['bash', 'zsh']],
  ['obsidian-events help ou', ['outbox']],
  ['obsidian-events help outbox l', ['list']],
  // A file, where one is wanted; nothing, where only you can know.
  ['obsidian-events track --from ', ['FILES']],
  ['obsidian-events --dotenv ', ['FILES']],
  // Its value may be left out.
  ['obsidian-events track --outbox ', ['FILES']],
  ['obsidian-events doctor --outbox ev', ['FILES']],
  ['obsidian-events doctor --outbox --sen', ['--send']],
  ['obsidian-events doctor --outbox events.db --sen', ['--send']],
  ['obsidian-events --json track --outbox events.db --rej', ['--rejects']],
  ['obsidian-events mock --record=', ['FILES']],
  ['obsidian-events outbox list ', ['FILES']],
  ['obsidian-events outbox forget events.db ', []],
  ['obsidian-events track ', []],
  ['obsidian-events track user123 ', []],
  ['obsidian-events track --id ', []],
  ['obsidian-events track -- -', []],
  ['obsidian-events completion zsh ', []],
])('bash offers for «%s»: %j', (line, words) => {
  expect(offered(line)).toEqual(words)
})

test('a shell that is not known is refused with the known ones, and code 2', async () => {
  const { code, stdout, stderr } = await at.run('obsidian-events completion fish')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('bash, zsh')
})

test('nothing takes effect before the script is whole', () => {
  expect(script.trimEnd().split('\n').at(-1)).toBe('complete -F _obsidian_events obsidian-events')
})
