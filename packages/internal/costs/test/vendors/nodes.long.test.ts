import { fileURLToPath } from 'node:url'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { run } from '@obsidianlaunch/testkit/run'
import { howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('support/on-any-node.mjs', import.meta.url))
const all = { right: 300, wrong: 0, booked: 300, notBilled: 0, withoutCustomer: 0 }

describe.each(nodeLines)('on Node %s', (line) => {
  const file = node(line) ?? ''

  test.skipIf(file === '')(`300 calls of 20 customers are theirs (${howToInstall})`, async () => {
    const { stdout, stderr } = await run(file, [program])
    expect([JSON.parse(stdout), stderr]).toEqual([{ ...all, hosts: ['here'] }, ''])
  })

  // Older Nodes know no proxy, and the fetch of 24 makes a tunnel, which this one is not.
  test.skipIf(file === '' || line < 24)(
    'behind the proxy of the environment calls are those of the vendor',
    async () => {
      const PORT = String(await reservedPort())
      const proxy = `http://127.0.0.1:${PORT}`
      const env = {
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy,
        http_proxy: proxy,
        PORT,
        VENDOR: 'http://vendor.example',
      }
      const { stdout, stderr } = await run(file, [program], {
        env: { ...env, WAYS: line < 26 ? 'http' : 'fetch,http' },
        timeoutMs: 60_000,
      })
      expect([JSON.parse(stdout), stderr]).toEqual([{ ...all, hosts: ['vendor.example'] }, ''])
    },
  )
})
