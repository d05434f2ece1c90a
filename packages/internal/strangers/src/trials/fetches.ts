import { howToInstall, node, type NodeLine, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { type Limit, prints, type Trial, withApi } from '../trial.ts'

interface Row {
  row: string
  /** Its name in package.json. */
  name: string
  hasProxy: boolean
  limits?: Partial<Record<NodeLine, Limit>>
}

const rows: Row[] = [
  { row: 'undici 6, with and without its `ProxyAgent`', name: 'undici-6', hasProxy: true },
  { row: 'undici 7, with and without its `ProxyAgent`', name: 'undici-7', hasProxy: true },
  {
    row: 'undici 8, with and without its `ProxyAgent`',
    name: 'undici-8',
    hasProxy: true,
    limits: { 20: { reason: 'undici 8 needs Node 22.19', shows: /undici-8/ } },
  },
  { row: 'node-fetch 2', name: 'node-fetch-2', hasProxy: false },
  { row: 'node-fetch 3', name: 'node-fetch', hasProxy: false },
]

const table = 'A `fetch` of another package'
const missingOn = (line: NodeLine) => (node(line) === undefined ? howToInstall : undefined)

const runs = rows.flatMap(({ row, name, hasProxy, limits }) =>
  nodeLines.map((line): Trial => {
    const wanted = { told: ['200,200', 'object'], proxied: hasProxy }
    return {
      table,
      row,
      column: `Node ${line}`,
      limit: limits?.[line],
      missing: missingOn(line),
      run: async (bench) => {
        const project = await bench.workshop.project('other-fetch')
        const program = node(line) ?? ''
        const calls = Array.from({ length: hasProxy ? 4 : 2 }, () => 'trackEvent' as const)
        await withApi(bench, calls, (env) =>
          prints(project, 'main.js', wanted, { node: program, env: { ...env, FETCH: name } }),
        )
      },
    }
  }),
)

/** Functions of other packages that are given as `fetch` to a tracker and to a client. */
export const fetchTrials: Trial[] = [
  ...runs,
  {
    table,
    row: 'their types, given as they are',
    column: 'Node 26',
    missing: missingOn(26),
    run: async ({ workshop }) => {
      const project = await workshop.project('other-fetch')
      await project.succeed(['npx', 'tsc', '-p', '.'])
    },
  },
]
