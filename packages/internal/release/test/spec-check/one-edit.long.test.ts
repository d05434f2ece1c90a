import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandIn, Copy } from './copy.ts'
import { all, edited, event, schemas, set } from './editing.ts'

const example = { customer_id: 'user123', alias: 'user-of-the-old-system' }
const text = { type: 'string', minLength: 1, description: 'Something.' }
const alias = {
  operationId: 'aliasCustomer',
  tags: ['customers'],
  summary: 'Give a customer a second id',
  description: 'Records what comes under the second id for the same customer.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/AliasCustomer' },
        examples: { first: { value: example } },
      },
    },
  },
  responses: {
    '200': { $ref: '#/components/responses/Identified' },
    '400': { $ref: '#/components/responses/BadRequest' },
    '429': { $ref: '#/components/responses/TooManyRequests' },
  },
}
const aliasSchema = {
  type: 'object',
  description: 'Two ids of one customer.',
  additionalProperties: false,
  required: ['customer_id', 'alias'],
  properties: { customer_id: text, alias: text },
}
/** The one edit: an operation in both environments, and an optional field of another. */
const edit = all(
  set(['paths', '/alias/test'], { post: alias }),
  set(['paths', '/alias'], { post: { ...alias, operationId: 'aliasCustomerInProduction' } }),
  set([...schemas, 'AliasCustomer'], aliasSchema),
  set([...event, 'properties', 'region'], text),
)

let copy: Copy
beforeAll(async () => {
  copy = await Copy.of('.')
  await copy.branch()
  await copy.writeDocument(edited(edit))
})
afterAll(() => copy.remove())

// Each test is the next step of the one edit.

test('before anything is generated, each stale package is named in one line with the command that mends it', async () => {
  for (const folder of ['client', 'mock']) {
    const { code, stderr } = await copy.shell('pnpm --silent drift', `packages/${folder}`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^.*no longer match(es)? spec\/openapi\.yaml\. To mend it, run: pnpm generate\n$/)
  }
})

test('pnpm generate makes types, validators, paths and the bodies of the mock, and leaves no file to edit', async () => {
  await copy.succeed('pnpm generate')
  const changed = await copy.succeed('git status --porcelain --untracked-files=all')
  expect(changed.trimEnd().split('\n').toSorted()).toEqual([
    ' M packages/client/src/generated/bodies.gen.ts',
    ' M packages/client/src/generated/openapi.gen.ts',
    ' M packages/client/src/generated/operations.gen.ts',
    ' M packages/client/src/generated/validators.gen.ts',
    ' M packages/mock/src/recording/openapi.gen.ts',
    ' M spec/openapi.yaml',
  ])
  for (const folder of ['client', 'mock']) await copy.succeed('pnpm drift', `packages/${folder}`)
  expect(await readFile(copy.path('packages', 'mock', 'src', 'recording', 'openapi.gen.ts'), 'utf8')).toContain(
    'region?: string',
  )
})

test('the OpenAPI document is linted, and client and mock compile as they are', async () => {
  expect(await copy.shell('pnpm spec:lint')).toMatchObject({ code: 0 })
  for (const folder of ['client', 'mock']) {
    expect(await copy.shell('pnpm build', `packages/${folder}`)).toMatchObject({ code: 0 })
  }
})

test('whoever imports the client finds the new type, the new field and the new validator', async () => {
  const program = `import { type AliasCustomer, createEventsClient, type TrackEvent, validateAliasCustomer } from '@obsidianlaunch/events-client'
    export const alias: AliasCustomer = ${JSON.stringify(example)}
    export const event: TrackEvent = { customer_id: 'user123', event: 'page_view', region: 'eu' }
    export const violations = validateAliasCustomer(alias)
    export const answer = createEventsClient({ token: null }).POST('/alias/test', { body: alias })
    // @ts-expect-error -- the alias is required
    export const wrong: AliasCustomer = { customer_id: 'user123' }`
  await writeFile(copy.path('packages', 'internal', 'contract', 'test', 'new.ts'), program)
  const { stdout } = await copy.shell('tsc -p tsconfig.json', 'packages/internal/contract')
  expect(stdout).not.toContain('new.ts')
})

test('the contract table has the new operation, and client and mock agree on it', async () => {
  const program = `
    import { startMock } from '@obsidianlaunch/events-mock'
    import { operations, sendByClient, validate } from './test/document.ts'
    const mock = await startMock()
    const seen = {}
    for (const { id, path, statuses, examples } of operations) {
      const [good] = Object.values(examples)
      const { customer_id, ...bad } = good
      const send = async (body) => (await sendByClient(mock, id, body)).response.status
      seen[id] = {
        path, statuses,
        good: [await send(good), validate(id, good).length],
        bad: [await send(bad), validate(id, bad).length],
        withRegion: [await send({ ...good, region: 'eu' }), validate(id, { ...good, region: 'eu' }).length],
      }
    }
    await mock.close()
    console.log(JSON.stringify(seen))`
  await writeFile(copy.path('packages', 'internal', 'contract', 'table.mjs'), program)
  const table = JSON.parse(await copy.succeed('node table.mjs', 'packages/internal/contract')) as Record<
    string,
    unknown
  >
  const calls = ['identifyCustomer', 'trackEvent', 'aliasCustomer']
  expect(Object.keys(table).toSorted()).toEqual(calls.flatMap((call) => [call, `${call}InProduction`]).toSorted())
  expect(table['aliasCustomer']).toEqual({
    path: '/alias/test',
    statuses: [200, 400, 429],
    good: [200, 0],
    bad: [400, 1],
    withRegion: [400, 1],
  })
  expect(table['trackEvent']).toMatchObject({ good: [200, 0], bad: [400, 1], withRegion: [200, 0] })
})

test('only the method of the SDK is left to write, and the compiler names each place that waits for it', async () => {
  expect(await complaints('pnpm build', 'packages/events')).toEqual([
    'src/call/before-send.ts',
    'src/call/call-options.ts',
    'src/call/serialise.ts',
    'src/errors/api-error.ts',
  ])
  expect(await complaints('tsc -p tsconfig.build.json', 'packages/relay')).toEqual(['src/policy/hooks.ts'])
  // The contract's tests import it.
  expect(await copy.shell('pnpm build', 'packages/postgres')).toMatchObject({ code: 0 })
  // The tests wait for it too: how the method takes the fields, and what it says when it fails.
  expect(await complaints('pnpm typecheck', 'packages/internal/contract')).toEqual([
    'test/document.ts',
    'test/statuses.test.ts',
  ])
})

/** The files that do not compile, all of them for want of the new operation. */
async function complaints(compile: string, folder: string): Promise<string[]> {
  const { code, stdout } = await copy.shell(compile, folder)
  expect(code).not.toBe(0)
  const errors = stdout.split('\n').filter((line) => /^\S+\(\d+,\d+\): error/.test(line))
  expect(errors.filter((line) => !line.includes('aliasCustomer'))).toEqual([])
  return [...new Set(errors.map((line) => line.split('(')[0] ?? ''))].toSorted()
}

test('the changeset comes last, by the command that the check prints', async () => {
  const { code, stderr } = await copy.shell('pnpm spec:check')
  expect(code).toBe(1)
  await copy.succeed(commandIn(stderr))
  expect(await copy.succeed('pnpm spec:check')).toContain('minor  added /alias/test')
})
