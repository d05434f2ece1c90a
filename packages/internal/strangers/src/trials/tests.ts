import { howToInstall, node, type NodeLine, nodeLines } from '@obsidianlaunch/testkit/run-times'
import type { Limit, Trial } from '../trial.ts'

interface Row {
  row: string
  project: string
  files: string[]
  setting?: string
  limits?: Partial<Record<NodeLine, Limit>>
  /** The project checks its types too. */
  isTyped?: boolean
}

const withMock = ['fake-timers', 'mock']
const mswLimit = { 20: { reason: 'msw 3 needs Node 22.12', shows: /msw answers for the API/ } }
const vmModules = '`NODE_OPTIONS=--experimental-vm-modules`'
const swc = '`transformIgnorePatterns` that lets `@obsidianlaunch` and `openapi-fetch` through'

const rows: Row[] = [
  { row: 'Vitest 5: fake timers, the mock’s matchers', project: 'vitest', files: withMock },
  { row: 'Vitest 5 with msw 3', project: 'vitest', files: ['msw'], limits: mswLimit },
  { row: 'Vitest 5 in happy-dom: the mock', project: 'vitest', files: ['page-in-happy-dom'] },
  { row: 'Vitest 4: the mock’s fixture, matchers and types', project: 'vitest-4', files: ['mock'], isTyped: true },
  { row: 'Vitest 3: the mock’s fixture, matchers and types', project: 'vitest-3', files: ['mock'], isTyped: true },
  {
    row: 'Jest 30: fake timers, the mock’s matchers and types',
    project: 'jest',
    files: withMock,
    setting: vmModules,
    isTyped: true,
  },
  { row: 'Jest 30 in jsdom: the mock', project: 'jest', files: ['page-in-jsdom'], setting: vmModules },
  { row: 'Jest 30 in jsdom, which has no `fetch`', project: 'jest', files: ['jsdom'], setting: vmModules },
  { row: 'Jest 30 with msw 3', project: 'jest', files: ['msw'], setting: vmModules, limits: mswLimit },
  {
    row: 'Jest 30 with @swc/jest: fake timers, the mock’s matchers',
    project: 'jest-swc',
    files: withMock,
    setting: swc,
  },
  { row: 'Jest 30 with @swc/jest in jsdom', project: 'jest-swc', files: ['jsdom'], setting: swc },
]

/** Test runners, each with fake timers, msw and the mock, on each line of Node. */
export const testRunnerTrials: Trial[] = rows.flatMap(({ row, project, files, setting, limits, isTyped }) =>
  nodeLines.map((line): Trial => {
    const program = node(line)
    return {
      table: 'Test runners',
      row,
      column: `Node ${line}`,
      // The oldest and the newest tell most; a – by a time-out takes long.
      long: line === 22 || line === 24 || limits?.[line] !== undefined,
      setting,
      limit: limits?.[line],
      missing: program === undefined ? howToInstall : undefined,
      run: async ({ workshop }) => {
        const installed = await workshop.project(project)
        await installed.succeed(['npm', 'test', '--', ...files], { node: program ?? '' })
        if (isTyped === true) await installed.succeed(['npm', 'run', 'types'], { node: program ?? '' })
      },
    }
  }),
)
