import { release, type Registry, startRegistry } from '@obsidianlaunch/release'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    registry: string
    npmrc: string
    version: string
  }
}

/** A registry that has the packages of this workspace, under a version that no cache has seen. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registry: Registry = await startRegistry()
  const version = `0.0.${Date.now()}`
  await release({ npmrc: registry.npmrc, version })
  project.provide('registry', registry.url)
  project.provide('npmrc', registry.npmrc)
  project.provide('version', version)
  return async () => registry[Symbol.asyncDispose]()
}
