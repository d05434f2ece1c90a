import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { canReach, serverUser } from './programs.ts'

/** A new folder that belongs to the server's user. */
export function serverFolder(): string {
  // Root may keep its temporary files where nobody else may go.
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find(canReach) ?? tmpdir()
  const folder = mkdtempSync(join(parent, 'postgres-'))
  own(folder)
  return folder
}

/** Writes a file that belongs to the server's user. */
export function write(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 })
  own(file)
}

function own(path: string): void {
  const { uid, gid } = serverUser()
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}

/** The settings as postgresql.conf has them. */
export function inLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${quoted(value)}'\n`)
    .join('')
}

function quoted(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "''")
}

/** Copies the data of a server that may be at work, without what is that server's alone. */
export function copyData(from: string, to: string): void {
  // Files that come and go meanwhile make it complain; what the copy lacks of them is in the log of the server.
  spawnSync('cp', ['-Rp', from, to], { ...serverUser(), stdio: 'ignore' })
  const inFolders = ['pg_wal', 'pg_replslot'].flatMap((folder) =>
    readdirSync(join(to, folder)).map((name) => join(folder, name)),
  )
  for (const name of ['postmaster.pid', 'postmaster.opts', ...inFolders])
    rmSync(join(to, name), { recursive: true, force: true })
}
