import type { Installer } from '../installer.ts'
import type { Limit, Trial } from '../trial.ts'

const compilers = ['5.4', '5.9', '6.0', '7.0'] as const

const tooOld = { reason: 'TypeScript knows of `require` of ES modules from 5.8', shows: /TS1479/ }
const node16 = { reason: 'CommonJS wants `"module": "nodenext"`', shows: /TS1479/ }
interface Column {
  column: string
  config: string
  installer?: Installer
  limits?: Partial<Record<(typeof compilers)[number], Limit>>
}

const columns: Column[] = [
  { column: 'ESM, nodenext', config: 'esm' },
  { column: 'ESM, bundler', config: 'bundler' },
  // A package manager under which a project reaches nothing but what it has named itself.
  { column: 'ESM, `declaration`, pnpm', config: 'declaration', installer: 'pnpm' },
  { column: 'CommonJS, nodenext', config: 'cjs', limits: { '5.4': tooOld } },
  {
    column: 'CommonJS, node16',
    config: 'node16',
    limits: { '5.4': tooOld, '5.9': node16, '6.0': node16, '7.0': node16 },
  },
]

/** Every entry point's declarations under each compiler, checked themselves too (`skipLibCheck: false`). */
export const typeTrials: Trial[] = compilers.flatMap((compiler) =>
  columns.map(({ column, config, installer, limits }): Trial => ({
    table: 'TypeScript',
    row: `TypeScript ${compiler}`,
    column,
    limit: limits?.[compiler],
    run: async ({ workshop }) => {
      const project = await workshop.project('typescript', installer)
      const tsc = `node_modules/typescript${compiler}/bin/tsc`
      await project.succeed(['node', tsc, '-p', `tsconfig.${config}.json`])
    },
  })),
)
