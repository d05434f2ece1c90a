import { rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandIn, Copy } from './copy.ts'
import { edited, optionalRegion, requiredRegion } from './editing.ts'

let copy: Copy

beforeEach(async () => {
  copy = await Copy.onBranch()
})
afterEach(() => copy.remove())

const check = (args = '') => copy.shell(`pnpm spec:check ${args}`)

const same = (since: string) => ({ code: 0, stdout: `spec/openapi.yaml means what it means in ${since}.\n` })

test('on the base branch the commit that set the version is what counts, tagged or not', async () => {
  await copy.succeed('git checkout -q main')
  await copy.setVersion('0.0.0')
  await copy.commit()
  const nothing = 'spec/openapi.yaml is compared with nothing: this is main, and there has been no version yet.\n'
  expect(await check()).toEqual({ code: 0, stdout: nothing, stderr: '' })

  await copy.setVersion('0.1.0')
  await copy.commit()
  expect(await check()).toMatchObject(same('version 0.1.0'))
  await copy.writeDocument(edited(requiredRegion))
  await copy.commit()
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('since version 0.1.0') })
  // What is merged after it is compared with it all the same.
  await writeFile(copy.path('README.md'), 'Hello.')
  await copy.commit()
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('since version 0.1.0') })

  await copy.setVersion('0.2.0')
  await copy.commit()
  expect(await check()).toMatchObject(same('version 0.2.0'))
})

test('on the base branch itself an edit that is not committed yet is compared with what is', async () => {
  await copy.succeed('git checkout -q main')
  await copy.writeDocument(edited(optionalRegion))
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('since main') })
})

test('a version that was raised already covers the change, as on the branch of a release', async () => {
  await copy.setVersion('0.1.0')
  await copy.commit()
  await copy.succeed('git branch -f main')
  await copy.writeDocument(edited(requiredRegion))
  await copy.setVersion('0.1.1')
  await copy.commit()
  expect(await check()).toMatchObject({ code: 1 })
  await copy.setVersion('0.2.0')
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

test('a clone of the base branch alone passes, and says so where it is too shallow to compare', async () => {
  await copy.succeed('git checkout -q main && git commit -qm empty --allow-empty')
  await copy.setVersion('0.1.0')
  await copy.commit()
  await writeFile(copy.path('README.md'), 'Hello.')
  await copy.commit()
  const clones = [
    ['', 'spec/openapi.yaml means what it means in version 0.1.0.'],
    ['--depth 3', 'spec/openapi.yaml means what it means in version 0.1.0.'],
    ['--depth 1', 'origin/main, and this shallow clone does not reach back to the last version.'],
  ] as const
  for (const [depth, told] of clones) {
    await copy.succeed(`git clone -q --single-branch -b main ${depth} "file://$PWD" clone`)
    await copy.succeed(
      'for at in . packages/internal/release packages/internal/testkit; do ln -s "$PWD/$at/node_modules" clone/$at; done',
    )
    expect(await copy.shell('pnpm spec:check', 'clone')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(told),
      stderr: '',
    })
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
