/** Makes `src/schema/sql.gen.ts` of the files in `sql`; with `--check` it only tells whether that is up to date. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../sql/', import.meta.url)
const target = new URL('../src/schema/sql.gen.ts', import.meta.url)

function generated(): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const migrations = files.toSorted().map((name) => {
    const [version, title] = name.replace(/\.sql$/, '').split('-', 2)
    const sql = JSON.stringify(readFileSync(new URL(name, folder), 'utf8'))
    return `  { version: ${Number(version)}, name: ${JSON.stringify(title)}, sql: ${sql} },`
  })
  return [
    '// Generated from the files in `sql` by `pnpm generate`. Do not edit.',
    '',
    'export const migrations: readonly { readonly version: number; readonly name: string; readonly sql: string }[] = [',
    ...migrations,
    ']',
    '',
  ].join('\n')
}

const wanted = generated()
if (!process.argv.includes('--check')) writeFileSync(target, wanted)
else if (readFileSync(target, 'utf8') !== wanted) {
  process.stderr.write('src/schema/sql.gen.ts no longer matches the files in sql. To mend it, run: pnpm generate\n')
  process.exitCode = 1
}
