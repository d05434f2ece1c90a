import type { Limit, Trial } from '../trial.ts'

const compilers = ['5.4', '5.9', '6.0', '7.0'] as const

const tooOld = { reason: 'TypeScript knows of `require` of ES modules from 5.8', shows: /TS1479/ }
const node16 = { reason: 'CommonJS wants `"module": "nodenext"`', shows: /TS1479/ }
const columns: { column: string; config: string; limits?: Partial<Record<(typeof compilers)[number], Limit>> }[] = [
  { column: 'ESM, nodenext', config: 'esm' },
  { column: 'ESM, bundler', config: 'bundler' },
  { column: 'CommonJS, nodenext', config: 'cjs', limits: { '5.4': tooOld } },
  {
    column: 'CommonJS, node16',
    config: 'node16',
    limits: { '5.4': tooOld, '5.9': node16, '6.0': node16, '7.0': node16 },
  },
]

/** Every entry point's declarations under each compiler, checked themselves too (`skipLibCheck: false`). */
export const typeTrials: Trial[] = compilers.flatMap((compiler) =>
  columns.map(({ column, config, limits }): Trial => ({
    table: 'TypeScript',
    row: `TypeScript ${compiler}`,
    column,
    limit: limits?.[compiler],
    run: async ({ workshop }) => {
      const project = await workshop.project('typescript')
      const tsc = `node_modules/typescript${compiler}/bin/tsc`
      await project.succeed(['node', tsc, '-p', `tsconfig.${config}.json`])
    },
  })),
)
