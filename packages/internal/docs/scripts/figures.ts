/** Writes the figures of the site's charts: `speed`, from the tables of the bench, or `tests`, from the results of the last run. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SpeedFigures, TestFigures } from '../src/figures/figures.ts'
import { docs, root } from '../site/repository.ts'
import { rowsOf, textOf } from '../site/tables.ts'

const [what] = process.argv.slice(2)
if (what === 'speed')
  write('speed', speedFigures(readFileSync(join(root, 'packages/internal/bench/README.md'), 'utf8')))
else if (what === 'tests') write('tests', testFigures())
else throw new Error('Say which figures: speed or tests')

function write(name: string, figures: SpeedFigures | TestFigures): void {
  writeFileSync(join(docs, 'src', 'figures', `${name}.json`), `${JSON.stringify(figures, undefined, 2)}\n`)
}

function speedFigures(readme: string): SpeedFigures {
  return {
    machine: textOf(readme, 'machine').split('\n')[0] ?? '',
    throughput: rowsOf(readme, 'throughput', 1),
    cpu: rowsOf(readme, 'throughput', 2),
    call: rowsOf(readme, 'call', 1),
    outbox: rowsOf(readme, 'outbox', 1),
    import: rowsOf(readme, 'import', 2),
  }
}

/** @throws Error that names the packages without results: a part of the tests is no count of them */
function testFigures(): TestFigures {
  const configs = globSync('packages/{*,internal/*}/vitest.config.ts', { cwd: root, exclude: ['**/node_modules'] })
  const folders = configs.map((path) => dirname(path)).filter((folder) => !folder.endsWith('/docs'))
  const missing = folders.filter((folder) => !existsSync(resultsOf(folder)))
  if (missing.length > 0) throw new Error(`Run LONG=1 npm test first: there are no results of ${missing.join(', ')}`)
  const packages = folders.map((folder) => {
    const { numTotalTests } = JSON.parse(readFileSync(resultsOf(folder), 'utf8')) as { numTotalTests: number }
    return { name: folder.replace(/^packages\//, ''), tests: numTotalTests }
  })
  return { packages: packages.toSorted((a, b) => b.tests - a.tests) }
}

function resultsOf(folder: string): string {
  return join(root, folder, 'test-results.json')
}
