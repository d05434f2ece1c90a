import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@obsidianlaunch/testkit/run'
import { expect, test } from 'vitest'

test('a changed file of the schema is refused with the command that mends it, and the code follows once that has run', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'postgres-drift-'))
  try {
    for (const part of ['package.json', 'scripts', 'sql', 'src/schema']) {
      await cp(new URL(`../../${part}`, import.meta.url), join(copy, part), { recursive: true })
    }
    const generate = (...flags: string[]) =>
      run(process.execPath, [join('scripts', 'generate.ts'), ...flags], { cwd: copy })
    expect(await generate('--check')).toMatchObject({ code: 0, stderr: '' })

    await writeFile(join(copy, 'sql', '099-more.sql'), "SELECT 'a \\ b';\n")
    const stale = 'src/schema/sql.gen.ts no longer matches the files in sql. To mend it, run: pnpm generate\n'
    expect(await generate('--check')).toMatchObject({ code: 1, stderr: stale })

    expect(await generate()).toMatchObject({ code: 0 })
    expect(await generate('--check')).toMatchObject({ code: 0 })
    const code = await readFile(join(copy, 'src', 'schema', 'sql.gen.ts'), 'utf8')
    expect(code).toContain(`{ version: 99, name: "more", sql: "SELECT 'a \\\\ b';\\n" }`)
  } finally {
    await rm(copy, { recursive: true })
  }
})
