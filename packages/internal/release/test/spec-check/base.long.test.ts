import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandIn, Copy } from './copy.ts'
import { edited, optionalRegion, requiredRegion } from './editing.ts'

let copy: Copy

/** A repository with the base branch and, checked out, a branch for the edit. */
beforeEach(async () => {
  copy = await Copy.of(
    'spec',
    '.changeset',
    '*.json',
    'pnpm-*.yaml',
    'packages/internal/release',
    'packages/internal/testkit',
  )
  await copy.branch()
})
afterEach(() => copy.remove())

const check = (args = '') => copy.shell(`pnpm spec:check ${args}`)

test('on the base branch the last release is what counts, if there is one', async () => {
  await copy.succeed('git checkout -q main')
  const { code, stdout } = await check()
  expect(code).toBe(0)
  expect(stdout).toBe('spec/openapi.yaml is compared with nothing: this is main, and no release is tagged here.\n')

  await copy.succeed('git rm -q .changeset/*.md && git commit -qm release && git tag v0.1.0')
  await copy.writeDocument(edited(requiredRegion))
  await copy.commit()
  expect(await check()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('since v0.1.0'),
  })
})

test('on the base branch itself an edit that is not committed yet is compared with what is', async () => {
  await copy.succeed('git checkout -q main')
  await copy.writeDocument(edited(optionalRegion))
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('since main') })
})

test('a version that was raised already covers the change, as between a release commit and its tag', async () => {
  await copy.succeed('git tag v0.0.0 && git checkout -q main && git rm -q .changeset/*.md')
  await copy.writeDocument(edited(requiredRegion))
  await copy.setVersion('0.0.1')
  await copy.commit()
  expect(await check()).toMatchObject({ code: 1 })
  await copy.setVersion('0.1.0')
  await copy.commit()
  expect(await check()).toMatchObject({ code: 0, stdout: expect.stringContaining('minor is offered') })
})

test('--base names another base, and one that does not exist is told', async () => {
  await copy.writeDocument(edited(optionalRegion))
  await copy.commit()
  expect(await check('--base HEAD')).toMatchObject({ code: 0 })
  expect(await check('--base HEAD~1')).toMatchObject({ code: 1, stderr: expect.stringContaining('since HEAD~1') })
  expect(await check('--base nowhere')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'spec:check: --base nowhere: there is no such branch, tag or commit here\n',
  })
  expect(await check('--bse main')).toMatchObject({ code: 1, stderr: expect.stringContaining("'--bse'") })
})

test('a clone of the base branch alone passes, shallow or not', async () => {
  for (const depth of ['', '--depth 1']) {
    await copy.succeed(`git clone -q --single-branch -b main ${depth} "file://$PWD" clone`)
    await copy.succeed(
      'for at in . packages/internal/release packages/internal/testkit; do ln -s "$PWD/$at/node_modules" clone/$at; done',
    )
    expect(await copy.shell('pnpm spec:check', 'clone')).toMatchObject({ code: 0, stderr: '' })
    await rm(copy.path('clone'), { recursive: true })
  }
})

test('a shallow clone of a branch fails with the command that brings the base', async () => {
  await copy.writeDocument(edited(optionalRegion))
  await copy.commit()
  await copy.succeed('git clone -q --depth 1 -b edit "file://$PWD" clone')
  await copy.succeed(
    'for at in . packages/internal/release packages/internal/testkit; do ln -s "$PWD/$at/node_modules" clone/$at; done',
  )
  const { code, stderr } = await copy.shell('pnpm spec:check', 'clone')
  expect(code).toBe(1)
  expect(stderr).toMatch(/There is no main here.*run: git fetch --unshallow/)
  await copy.succeed(commandIn(stderr), 'clone')
  expect(await copy.shell('pnpm spec:check', 'clone')).toMatchObject({
    stderr: expect.stringContaining('since origin/main'),
  })
})

test('outside of a repository there is nothing to compare with, which is said', async () => {
  await rm(copy.path('.git'), { recursive: true })
  const { code, stdout } = await check()
  expect(code).toBe(0)
  expect(stdout).toBe('spec/openapi.yaml is compared with nothing: there is no commit here.\n')
})
