import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../src/run.ts'

const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')))

test('what is thrown outside of any test is kept for the count of all tests', async () => {
  // Below this package, where its dependencies are found.
  const folder = await mkdtemp(join(import.meta.dirname, '..', 'node_modules', '.stray-'))
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import { shared } from '${join(import.meta.dirname, '../src/vitest.ts')}'
export default { test: { ...shared, include: ['*.test.ts'], globalSetup: [], globals: true } }`,
  )
  const thrown = "setImmediate(() => { throw new TypeError('nobody catches this') })"
  await writeFile(
    join(folder, 'one.test.ts'),
    `test('ends well', async () => { ${thrown}; await new Promise((go) => setTimeout(go, 100)) })`,
  )
  const { code } = await run(process.execPath, [vitest, 'run', '--root', folder], { cwd: folder })
  const [errors, results] = await Promise.all(
    ['test-errors.json', 'test-results.json'].map(
      async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as unknown,
    ),
  )
  await rm(folder, { recursive: true })
  expect(code).toBe(1)
  expect(errors).toEqual([expect.stringContaining('TypeError: nobody catches this')])
  expect(results).toMatchObject({ numPassedTests: 1, numFailedTests: 0 })
})
