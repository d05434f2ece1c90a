import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

/** The folder in which the reports are committed. */
export const reports = join(root, 'packages', 'internal', 'release', 'api')

/** One entry point of a package, and what it exports with which types. */
export interface Report {
  /** `events.api.md`, `events-sqlite.api.md`. */
  file: string
  package: string
  text: string
}

/** The report of every public entry point, from the declarations that were built. */
export async function reportsOfDoors(): Promise<Report[]> {
  const into = await mkdtemp(join(tmpdir(), 'events-api-'))
  try {
    const made: Report[] = []
    for (const { folder, manifest } of publishedPackages()) {
      for (const [door, conditions] of Object.entries(manifest.exports ?? {})) {
        const types = typesOf(conditions)
        if (types === undefined) continue
        const name = [manifest.name.slice(manifest.name.indexOf('/') + 1), door.slice(2)].filter(Boolean).join('-')
        made.push({ file: `${name}.api.md`, package: manifest.name, text: await extract(folder, types, into, name) })
      }
    }
    return made
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}

function typesOf(conditions: unknown): string | undefined {
  if (typeof conditions !== 'object' || conditions === null) return undefined
  const types = (conditions as Record<string, unknown>)['types']
  return typeof types === 'string' ? types : undefined
}

async function extract(folder: string, types: string, into: string, name: string): Promise<string> {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.build.json') },
      apiReport: { enabled: true, reportFileName: name, reportFolder: into, reportTempFolder: into },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      // The reports show the types; what the comments lack is not their matter.
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  })
  Extractor.invoke(config, { localBuild: true, messageCallback: swallow })
  return readFile(join(into, `${name}.api.md`), 'utf8')
}

/** Else they would be printed. */
function swallow(message: { handled: boolean }): void {
  message.handled = true
}

/** The reports that are not as they were committed. */
export async function staleReports(fresh: readonly Report[]): Promise<string[]> {
  const stale: string[] = []
  for (const { file, text } of fresh) {
    const path = join(reports, file)
    if (!existsSync(path) || (await readFile(path, 'utf8')) !== text) stale.push(file)
  }
  return stale
}

export async function writeReports(fresh: readonly Report[]): Promise<void> {
  await rm(reports, { recursive: true, force: true })
  await mkdir(reports)
  for (const { file, text } of fresh) await writeFile(join(reports, file), text)
}
