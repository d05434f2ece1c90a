import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pages, publishedPackages } from './repository.ts'

/** Writes a page for each package's changelog: what each version brought, and what an upgrade asks of you. A package that was never released has none. */
export function writeUpgradePages(): void {
  const folder = join(pages, 'upgrading')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [index, { name, folder: from }] of publishedPackages().entries()) {
    const changelog = join(from, 'CHANGELOG.md')
    if (!existsSync(changelog)) continue
    const text = readFileSync(changelog, 'utf8').replace(/^# .*\n/, '')
    const head = [
      `title: ${name}`,
      `description: What each version of @obsidianlaunch/${name} brought, and what an upgrade asks of you.`,
      `sidebar: { order: ${index} }`,
      'editUrl: false',
    ]
    writeFileSync(join(folder, `${name}.md`), `---\n${head.join('\n')}\n---\n${text}`)
  }
}
