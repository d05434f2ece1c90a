import { readFile, writeFile } from 'node:fs/promises'
import { publishedPackages } from '@obsidianlaunch/testkit/workspace'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandIn, Copy } from './copy.ts'
import { edited, event, optionalRegion, requiredRegion, set } from './editing.ts'

let copy: Copy

beforeEach(async () => {
  copy = await Copy.onBranch()
})
afterEach(() => copy.remove())

const check = (args = '') => copy.shell(`pnpm spec:check ${args}`)

test('an unchanged document demands nothing on a branch, and a comment in it neither', async () => {
  await writeFile(copy.path('README.md'), 'Hello.')
  await copy.commit()
  const same = { code: 0, stdout: 'spec/openapi.yaml means what it means in main.\n', stderr: '' }
  expect(await check()).toEqual(same)
  await copy.writeDocument(`# Hello.\n${edited()}`)
  expect(await check()).toEqual(same)
})

test('a change without a changeset fails in one line, whose command mends it', async () => {
  await copy.writeDocument(edited(optionalRegion))
  const { code, stdout, stderr } = await check()
  expect(code).toBe(1)
  expect(stdout).toBe('minor  added TrackEvent.region\n')
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(stderr).toContain('demands patch (before 1.0 what breaks is minor, all else patch)')
  expect(stderr).toContain('no changeset is new since main')

  await copy.succeed(commandIn(stderr))
  expect(await check()).toMatchObject({ code: 0, stderr: '' })
  // And committed as well.
  await copy.commit()
  expect(await check()).toMatchObject({ code: 0, stderr: '' })
  const status = await copy.succeed('pnpm changeset status --verbose')
  for (const { manifest } of publishedPackages()) expect(status).toContain(manifest.name)
})

test('a changeset that says less than the change means fails, until it is raised or the printed one is added', async () => {
  await copy.writeDocument(edited(requiredRegion))
  await copy.succeed("pnpm changeset add --patch @obsidianlaunch/events -m 'Events have a region.'")
  const { code, stdout, stderr } = await check()
  expect(code).toBe(1)
  expect(stdout).toMatch(/^major {2}Properties of TrackEvent became required: region/m)
  expect(stderr).toMatch(
    /demands minor .*, and \.changeset\/[\w-]+\.md offers patch only\. To mend it, raise it there, or run:/,
  )

  const [, file = ''] = /(\.changeset\/[\w-]+\.md)/.exec(stderr) ?? []
  const small = await readFile(copy.path(file), 'utf8')
  await writeFile(copy.path(file), small.replace('patch', 'minor'))
  expect(await check()).toMatchObject({ code: 0 })

  await writeFile(copy.path(file), small)
  await copy.succeed(commandIn(stderr))
  expect(await check()).toMatchObject({ code: 0 })
})

test('from 1.0 on, what breaks demands a major', async () => {
  await copy.setVersion('1.4.2')
  await copy.commit()
  await copy.succeed('git branch -f main')
  await copy.writeDocument(edited(requiredRegion))
  const { stderr } = await check()
  expect(stderr).toContain('demands major, and no changeset')
  expect(commandIn(stderr)).toContain('--major')
  await copy.succeed(commandIn(stderr))
  expect(await check()).toMatchObject({ code: 0 })
})

test('changesets that the base has already, and those of private packages, do not count', async () => {
  await copy.writeDocument(edited(optionalRegion))
  await copy.succeed(
    "pnpm changeset add --major @obsidianlaunch/events -m 'Old.' && git stash -q -- spec && git add -A",
  )
  await copy.succeed('git commit -qm old && git branch -f main && git stash pop -q')
  await writeFile(copy.path('.changeset', 'private.md'), '---\n"@obsidianlaunch/demo": major\n---\n\nHello.\n')
  expect((await check()).stderr).toContain('no changeset is new since main')
})

test.each([
  ['no YAML', 'openapi: [', /^spec:check: spec\/openapi\.yaml is no YAML: .+\n$/],
  ['no object', 'hello', /^spec:check: spec\/openapi\.yaml is no OpenAPI document.*\n$/],
  [
    'a reference to nothing',
    edited(set([...event, 'properties', 'event'], { $ref: '#/nowhere' })),
    /pnpm spec:lint\n$/,
  ],
])('a document that is %s fails in one line', async (_name, text, line) => {
  await copy.writeDocument(text)
  const { code, stderr } = await check()
  expect(code).toBe(1)
  expect(stderr).toMatch(line)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
})

test('a changeset that cannot be read fails in one line', async () => {
  await copy.writeDocument(edited(optionalRegion))
  await writeFile(copy.path('.changeset', 'broken.md'), 'Hello.')
  const { code, stderr } = await check()
  expect(code).toBe(1)
  expect(stderr).toMatch(/^spec:check: \.changeset\/broken\.md is no changeset .* run: pnpm changeset\n$/)
})
