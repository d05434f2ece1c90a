import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { describe, expect, test } from 'vitest'
import { mockCommand } from '../src/command/command.ts'
import { scriptOf } from '../src/command/fail-option.ts'
import { faultsOf } from '../src/faults/fault.ts'
import { pageKeeps } from '../src/inspector/wire.ts'
import { checkOptions } from '../src/server/options.ts'

const testing = textOf('guides/testing')
const reference = textOf('reference/mock')

/** The cells of the table of a page whose head begins with that text, without its head. */
function table(page: string, head: string): string[][] {
  const [, text = ''] = page.split(`\n| ${head}`)
  const [lines = ''] = text.split('\n\n')
  return lines
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, ...cells]) => cells)
}

/** Texts in code quotes. */
function code(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
}

describe('the table of faults', () => {
  const rows = table(testing, 'entry | on the command line')

  test('has every kind', () => {
    expect(rows.map(([entry = '']) => code(entry).at(-1))).toHaveLength(11)
  })

  test.each(rows.map(([entry, words]) => [code(entry).at(-1) ?? '', code(words)[0] ?? '']))(
    '%s is written %s on the command line',
    (entry, words) => {
      expect(scriptOf(words)).toEqual(faultsOf([runInNewContext(`(${entry})`)]))
    },
  )
})

describe('the table of options', () => {
  const rows = table(reference, 'of `startMock` | of the command')
  const defaults = checkOptions({})

  test('names every option of startMock, and every one of the command', async () => {
    expect(rows.flatMap(([option]) => code(option)).toSorted()).toEqual(Object.keys(defaults).toSorted())
    let help = ''
    await mockCommand(['--help'], { stdout: { write: (text) => (help += text) } })
    const known = [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name = '']) => name)
    expect(rows.flatMap(([, option]) => code(option)).toSorted()).toEqual(known.toSorted())
  })

  test('has the true defaults', () => {
    const told = Object.fromEntries(rows.map(([option, , standard]) => [code(option)[0] ?? '', standard]))
    expect(told).toMatchObject({
      port: expect.stringMatching(`^${defaults.port}, `) as string,
      host: `\`${defaults.host}\``,
      maxRecords: defaults.maxRecords.toLocaleString('en-US'),
      maxBytes: `${defaults.maxBytes / 2 ** 20} MiB`,
    })
  })
})

test('the Vitest that it asks for is the one that its package.json takes', () => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  expect(`>=${/Vitest (\d+) or newer/.exec(reference)?.[1]}`).toBe(peerDependencies['vitest'])
})

test('it keeps as many exchanges as its limits say', () => {
  const { maxRecords, maxBytes } = checkOptions({})
  const limit = `It keeps ${maxRecords.toLocaleString('en-US')} exchanges or ${maxBytes / 2 ** 20} MiB in memory`
  expect(reference).toContain(limit)
})

test('the page keeps as many events as is said', () => {
  expect(textOf('guides/mock-page')).toContain(`A page keeps the latest ${pageKeeps.toLocaleString('en-US')} events.`)
})
