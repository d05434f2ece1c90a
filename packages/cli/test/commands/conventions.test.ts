import { mockOptions } from '@obsidianlaunch/events-mock/command'
import { startMock } from '@obsidianlaunch/events-mock'
import type { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { programFor } from '../../src/program.ts'
import { Shell } from '../../src/terminal/shell.ts'
import { Workplace } from '../command-line.ts'

const silent = { write: () => undefined }

/** Every command of the program, with the words that lead to it. */
function commandsIn(command: Command, path = ''): [string, Command][] {
  return [[path, command], ...command.commands.flatMap((each) => commandsIn(each, `${path} ${each.name()}`))]
}

const program = programFor(new Shell({ stdin: process.stdin, stdout: silent, stderr: silent, env: {} }), [])
const all = commandsIn(program)

test('there are commands to look at', () => {
  expect(all.length).toBeGreaterThan(15)
})

test.each(all)('every command, argument and option says what it is for:%s', (path, command) => {
  const described = [
    ...(path === '' ? [] : [[path, command.summary()]]),
    ...command.options.filter(({ hidden }) => !hidden).map(({ flags, description }) => [flags, description]),
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description]),
  ]
  expect(described.filter(([, text = '']) => !/\w{2}/.test(text))).toEqual([])
})

test('the options of the mock say what they are for', () => {
  for (const [name, { help }] of Object.entries(mockOptions))
    expect({ name, help }).toHaveProperty('help', expect.stringMatching(/\S/))
})

test.each([
  ['help', '--help'],
  ['help track', 'track --help'],
  ['help outbox list', 'outbox list --help'],
  ['help relay key', 'relay key --help'],
  ['help mock', 'mock --help'],
  ['help listen', 'listen --help'],
  ['--no-color help doctor', 'doctor --help'],
])('%s is the help of %s', async (line, same) => {
  using at = new Workplace()
  const shown = await at.run(`obsidian-events ${line}`)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toContain('Usage: obsidian-events')
  expect(shown.stdout).toBe((await at.run(`obsidian-events ${same}`)).stdout)
})

test.each([
  ['help trak', 'There is no command trak. Did you mean track?\n'],
  ['help outbox lst', 'There is no command outbox lst. Did you mean outbox list?\n'],
  ['help frobnicate', 'There is no command frobnicate.\n'],
])('help for what is no command says so, with code 2: %s', async (line, stderr) => {
  using at = new Workplace()
  expect(await at.run(`obsidian-events ${line}`)).toEqual({ code: 2, stdout: '', stderr })
})

test.each([
  ['trak a b', '(Did you mean track?)'],
  ['mokc', '(Did you mean mock?)'],
  // Its name is one letter from relay.
  ['replay events.db --all', '(Did you mean outbox replay?)'],
  ['dead events.db', '(Did you mean outbox dead?)'],
  ['key', '(Did you mean relay key?)'],
  ['import events.ndjson', '(Did you mean track --from?)'],
  ['version', '(Did you mean --version?)'],
  ['outbox lst', '(Did you mean list?)'],
  ['outbox track a b', '(Did you mean track?)'],
  ['relay kye', '(Did you mean key?)'],
  ['track a b --jsn', '(Did you mean --json?)'],
  // Its letters are nearer to --dotenv.
  ['track a b --env test', '(Did you mean --environment?)'],
  ['track a b --environment prod', '(Did you mean production?)'],
  [
    'track a b --token x',
    '(The token comes from EVENT_TRACKING_AUTH_TOKEN, or from the file of --dotenv: others could read it here.)',
  ],
  ['track a b --file x', '(Did you mean --from?)'],
  ['track -f events.csv', '(Did you mean --from?)'],
  ['track a b --prod', '(Did you mean --environment production?)'],
  ['doctor --url http://localhost', '(Did you mean --base-url?)'],
  ['completion zhs', '(Did you mean zsh?)'],
  ['track a b --plan Lite', '(It is an option of identify.)'],
  ['track -user1 click', '(An id that starts with a dash comes after --, as in: obsidian-events track -- -user1)'],
])('what was perhaps meant is what would work: %s', async (line, hint) => {
  using at = new Workplace()
  const { code, stderr } = await at.run(`obsidian-events ${line}`)
  expect(code).toBe(2)
  expect(stderr.trimEnd().split('\n').slice(1)).toEqual([hint])
})

test.each([
  ['frobnicate', 'help'],
  ['track a b --verbose', 'help track'],
  ['track a b c', 'help track'],
  ['outbox xyz', 'help outbox'],
  ['outbox list --file x', 'help outbox list'],
  ['completion', 'help completion'],
])('where nothing is near the help is named, and nothing suggested: %s', async (line, help) => {
  using at = new Workplace()
  const { code, stderr } = await at.run(`obsidian-events ${line}`)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: /)
  expect(stderr.trimEnd().split('\n').slice(1)).toEqual([`(See: obsidian-events ${help})`])
  expect(await at.run(`obsidian-events ${help}`)).toMatchObject({ code: 0 })
})

test('values that are listed need no further word', async () => {
  using at = new Workplace()
  const { code, stderr } = await at.run('obsidian-events track a b --environment staging')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: .*\n$/)
})

test('who names a file without its option is shown the option, with that file', async () => {
  using at = new Workplace()
  writeFileSync(at.path('my events.csv'), '')
  const { code, stderr } = await at.run("obsidian-events track 'my events.csv'")
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/For a file of them: obsidian-events track --from 'my events\.csv'\n$/) as string,
  })
  expect((await at.run('obsidian-events identify')).stderr).toContain(
    'obsidian-events identify --from customers.ndjson',
  )
})

test('an id that starts with a dash comes after --, with options before it', async () => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: mock.url })
  expect(await at.run('obsidian-events track -- -user1 --click')).toMatchObject({ code: 0, stderr: '' })
  expect(await at.run('obsidian-events identify --plan Lite -- -user1')).toMatchObject({ code: 0, stderr: '' })
  expect(mock.requests.map(({ body }) => body)).toEqual([
    { customer_id: '-user1', event: '--click' },
    { customer_id: '-user1', plan: 'Lite' },
  ])
})
