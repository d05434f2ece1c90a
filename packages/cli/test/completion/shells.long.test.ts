import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { expect, test } from 'vitest'
import { commandsOf, Workplace } from '../command-line.ts'

const isRequired = process.env['SHELLS'] === 'required'
const remedy = 'to test completion, apt-get install zsh; it takes the script of util-linux, too'

const shells = [
  { name: 'bash', start: 'bash --noprofile --norc -i' },
  // Without the configuration of the machine.
  { name: 'zsh', start: 'zsh -f -i' },
] as const

const hasZsh = hasScript && spawnSync('zsh', ['-c', 'true']).status === 0

const lines = commandsOf(textOf('reference/command-line')).filter(({ section }) => section === 'Completion')

/** A shell in a terminal, with the completion loaded as its page says. */
async function typing(at: Workplace, { name, start }: (typeof shells)[number]) {
  at.env['PS1'] = '$ '
  const terminal = inTerminal(100, start, at)
  const [line = ''] = lines.flatMap(({ line: each }) => (each.includes(`completion ${name})`) ? [each] : []))
  terminal.type(`${line}\necho load''ed\n`)
  await terminal.shows('loaded')
  return {
    terminal,
    /** Types, and gives what the terminal shows from then on. */
    after(typed: string) {
      const seen = terminal.output().length
      // What stands in the line from before is dropped: Ctrl-U.
      terminal.type(`\u0015${typed}`)
      return () => stripVTControlCharacters(terminal.output().slice(seen))
    },
  }
}

const patience = { timeout: 120_000 }

for (const shell of shells) {
  const isHere = hasScript && spawnSync(shell.name, ['-c', 'true']).status === 0
  test(`TAB completes commands, options, values and files in a real ${shell.name}`, async ({ skip }) => {
    if (!isHere && isRequired) throw new Error(`SHELLS=required, but there is no ${shell.name}: ${remedy}`)
    if (!isHere) return skip(true, remedy)
    using at = new Workplace()
    writeFileSync(at.path('a file.ndjson'), '')
    const shown = await typing(at, shell)
    try {
      await expect.poll(shown.after('obsidian-events outb\t'), patience).toMatch(/outbox /)
      await expect.poll(shown.after('obsidian-events outbox rep\t'), patience).toMatch(/replay /)
      await expect.poll(shown.after('obsidian-events track --rej\t'), patience).toMatch(/--rejects/)
      await expect.poll(shown.after('obsidian-events --environment pro\t'), patience).toMatch(/production /)
      await expect.poll(shown.after('obsidian-events track --environment=pro\t'), patience).toMatch(/production /)
      await expect.poll(shown.after('obsidian-events track --from a\\ fi\t'), patience).toMatch(/a\\ file\.ndjson/)
      await expect.poll(shown.after('obsidian-events mock --rec\t'), patience).toMatch(/--record/)
      await expect.poll(shown.after('obsidian-events help rel\t'), patience).toMatch(/relay /)
    } finally {
      shown.terminal.kill()
    }
  })
}

test.runIf(hasZsh)('zsh shows what a command is for', async () => {
  using at = new Workplace()
  const shown = await typing(at, shells[1])
  await expect.poll(shown.after('obsidian-events \t'), patience).toMatch(/outbox +-- look into an outbox/)
  shown.terminal.kill()
})

test.runIf(hasZsh)('zsh takes the script as a file in a folder of fpath, too', async () => {
  using at = new Workplace()
  mkdirSync(at.path('functions'))
  await at.run('obsidian-events completion zsh > functions/_obsidian-events')
  at.env['PS1'] = '$ '
  const terminal = inTerminal(100, shells[1].start, at)
  terminal.type("fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D; echo load''ed\n")
  await terminal.shows('loaded')
  const shown = () => stripVTControlCharacters(terminal.output())
  terminal.type('obsidian-events outb\t')
  await expect.poll(shown, patience).toMatch(/outbox /)
  // The first time it was loaded, from then on it is called.
  terminal.type('rep\t')
  await expect.poll(shown, patience).toMatch(/replay /)
  terminal.kill()
  expect(shown()).not.toContain('command not found')
})
