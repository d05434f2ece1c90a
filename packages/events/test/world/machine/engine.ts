import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { takeThePlatform } from './platform.ts'

type Doors = typeof import('../../../src/index.ts') & typeof import('../../../src/outbox/sqlite/sqlite.ts')

/** The entry points of the engine, from the sources in a directory. They find the world where the platform was. */
export type Engine = Pick<Doors, 'EventTracker' | 'OutboxError' | 'sqliteOutbox'>

export async function loadEngine(directory = join(import.meta.dirname, '../../../src')): Promise<Engine> {
  takeThePlatform()
  const door = (path: string) => import(pathToFileURL(join(directory, path)).href)
  const [index, sqlite] = await Promise.all([door('index.ts'), door('outbox/sqlite/sqlite.ts')])
  return { ...(index as Doors), ...(sqlite as Doors) }
}
