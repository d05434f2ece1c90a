import { expect, test } from 'vitest'
import { type Bump, bumpBetween, bumpDemanded } from '../../src/spec-check/bump.ts'
import { bumpOffered, changesetCommand, readChangeset } from '../../src/spec-check/changesets.ts'
import { type Case, judge } from '../../src/spec-check/verdict.ts'

const packages = ['@scope/one', '@scope/two']

test.each<[version: string, impacts: Bump[], demanded: Bump | undefined]>([
  ['1.2.3', [], undefined],
  ['1.2.3', ['patch'], 'patch'],
  ['1.2.3', ['patch', 'minor'], 'minor'],
  ['1.2.3', ['patch', 'major', 'minor'], 'major'],
  ['10.0.0', ['major'], 'major'],
  ['0.3.1', [], undefined],
  ['0.3.1', ['patch'], 'patch'],
  ['0.3.1', ['minor', 'patch'], 'patch'],
  ['0.3.1', ['minor', 'major'], 'minor'],
  ['0.0.0', ['major'], 'minor'],
])('version %s with changes of impact %j demands %s', (version, impacts, demanded) => {
  expect(bumpDemanded(impacts, version)).toBe(demanded)
})

test.each([
  ['0.1.0', '0.1.0', undefined],
  ['0.1.0', '0.1.1', 'patch'],
  ['0.1.9', '0.2.0', 'minor'],
  ['0.9.0', '1.0.0', 'major'],
  ['1.2.3', '1.1.9', undefined],
  ['1.0.0', '1.1.0-next.0', 'minor'],
])('from %s to %s the version was raised by %s', (before, after, by) => {
  expect(bumpBetween(before, after)).toBe(by)
})

test.each([
  ['the largest of a file', ["'@scope/one': patch\n'@scope/two': minor"], 'minor'],
  ['the largest of all files', ['"@scope/one": major', '"@scope/two": patch'], 'major'],
  ['nothing without files', [], undefined],
  ['nothing for other packages', ['"@scope/private": major'], undefined],
  ['nothing for none', ['"@scope/one": none'], undefined],
  ['nothing when empty', [''], undefined],
])('changesets offer %s', (_what, heads, offered) => {
  const changesets = heads.map((head) => readChangeset('.changeset/a.md', `---\n${head}\n---\n\nHello.\n`, packages))
  expect(bumpOffered(changesets)).toBe(offered)
})

test('the printed command survives a shell', () => {
  const command = changesetCommand('patch', packages, `It's "$HOME"`)
  expect(command).toBe(String.raw`pnpm changeset add --patch @scope/one,@scope/two -m 'It'\''s "$HOME"'`)
})

const unchanged: Case = { changes: [], changesets: [], version: '1.0.0', raised: undefined, packages, since: 'main' }

test('the summary that is proposed names what weighs most, and only some of many', () => {
  const minors = ['a', 'b', 'c', 'd'].map((words) => ({ impact: 'minor' as const, words }))
  const patch = { impact: 'patch' as const, words: 'prose' }
  expect(judge({ ...unchanged, changes: [patch, ...minors] }).problem).toMatch(
    /-m 'The API changed: a; b; c; and more'$/,
  )
  expect(judge({ ...unchanged, changes: [patch, ...minors.slice(0, 1)] }).problem).toMatch(/-m 'The API changed: a'$/)
})

test('a changeset that says more than is demanded is its author’s decision', () => {
  const changes = [{ impact: 'patch' as const, words: 'prose' }]
  const changesets = [{ file: '.changeset/a.md', bump: 'major' as const }]
  expect(judge({ ...unchanged, changes, changesets }).problem).toBeUndefined()
})
