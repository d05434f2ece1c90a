import { fileURLToPath } from 'node:url'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { run } from '@obsidianlaunch/testkit/run'
import { howToInstall, node, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { expect, test, type TestContext } from 'vitest'

const program = fileURLToPath(new URL('support/on-any-node.mjs', import.meta.url))
const all = { right: 300, wrong: 0, booked: 300, notBilled: 0, withoutCustomer: 0 }

test.for(nodeLines)('on Node %s 300 calls of 20 customers are theirs', async (line, { skip }) => {
  const { stdout, stderr } = await run(nodeOf(line, skip), [program])
  expect([JSON.parse(stdout), stderr]).toEqual([{ ...all, hosts: ['here'] }, ''])
})

// Older Nodes know no proxy, and the fetch of 24 makes a tunnel, which this one is not.
test.for(nodeLines.filter((line) => line >= 24))(
  'on Node %s behind the proxy of the environment calls are those of the vendor',
  async (line, { skip }) => {
    const file = nodeOf(line, skip)
    const PORT = String(await reservedPort())
    const proxy = `http://127.0.0.1:${PORT}`
    const { stdout, stderr } = await run(file, [program], {
      env: {
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy,
        http_proxy: proxy,
        PORT,
        VENDOR: 'http://vendor.example',
        WAYS: line < 26 ? 'http' : 'fetch,http',
      },
      timeoutMs: 60_000,
    })
    expect([JSON.parse(stdout), stderr]).toEqual([{ ...all, hosts: ['vendor.example'] }, ''])
  },
)

function nodeOf(line: (typeof nodeLines)[number], skip: TestContext['skip']): string {
  return node(line) ?? skip(`Node ${line} is not installed: ${howToInstall}`)
}
