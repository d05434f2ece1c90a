import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { docs, publishedPackages } from './repository.ts'

/** An entry point of a package: what `import ... from '@obsidianlaunch/<name>'` may name. */
interface EntryPoint {
  /** The name without its scope: `events/context`. */
  name: string
  /** Its file of types. */
  types: string
}

/** Every entry point that has types. */
export function entryPoints(): EntryPoint[] {
  return publishedPackages().flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
      typeof target === 'string' || target.types === undefined
        ? []
        : [{ name: join(name, path), types: join(folder, target.types) }],
    ),
  )
}

/**
 * Writes a module for each entry point, named as the entry point is, since TypeDoc names its pages by their files.
 * @returns the modules' paths
 */
export function writeEntryPoints(): string[] {
  const folder = join(docs, '.generated', 'api')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return entryPoints().map(({ name, types }) => {
    const file = join(folder, `${name.replaceAll('/', '-')}.ts`)
    writeFileSync(file, `export * from '${relative(folder, types).replace(/\.d\.ts$/, '.js')}'\n`)
    return file
  })
}
