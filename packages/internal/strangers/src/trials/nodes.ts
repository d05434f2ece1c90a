import type { Installer } from '../installer.ts'
import { howToInstall, node, type NodeLine, nodeLines } from '@obsidianlaunch/testkit/run-times'
import { bothCalls, type Limit, prints, type Trial, withApi } from '../trial.ts'

const all = { delivered: 2, status: 200, issues: 0, doors: true }

const rows: { row: string; project: string; installer: Installer; limits?: Partial<Record<NodeLine, Limit>> }[] = [
  { row: 'npm, `import`', project: 'node-esm', installer: 'npm' },
  { row: 'npm, `require`', project: 'node-cjs', installer: 'npm' },
  { row: 'pnpm, `import`', project: 'node-esm', installer: 'pnpm' },
  { row: 'pnpm, `require`', project: 'node-cjs', installer: 'pnpm' },
  { row: 'yarn 4, `import`', project: 'node-esm', installer: 'yarn' },
  { row: 'yarn 4, `require`', project: 'node-cjs', installer: 'yarn' },
  { row: 'yarn 4 with Plug’n’Play, `import`', project: 'node-esm', installer: 'yarn-pnp' },
  {
    row: 'yarn 4 with Plug’n’Play, `require`',
    project: 'node-cjs',
    installer: 'yarn-pnp',
    limits: { 20: { reason: 'Plug’n’Play cannot `require` ES modules on Node 20', shows: /ERR_MODULE_NOT_FOUND/ } },
  },
  { row: 'yarn 1, `require`', project: 'node-cjs', installer: 'yarn-1' },
]

/** Each package manager, `import` and `require`, on each line of Node. */
export const nodeTrials: Trial[] = rows.flatMap(({ row, project, installer, limits }) =>
  nodeLines.map((line): Trial => {
    const program = node(line)
    return {
      table: 'Node',
      row,
      column: `Node ${line}`,
      quick: installer === 'npm',
      long: installer === 'yarn-1' || (installer === 'yarn-pnp' && line !== 20 && line !== 26),
      limit: limits?.[line],
      missing: program === undefined ? howToInstall : undefined,
      run: async (bench) => {
        const installed = await bench.workshop.project(project, installer)
        const place = { node: program ?? '' }
        await withApi(bench, bothCalls, (env) => prints(installed, 'main.js', all, { ...place, env }))
      },
    }
  }),
)
