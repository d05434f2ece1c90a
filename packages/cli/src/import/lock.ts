import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Holds a name for this process alone, by listening at an address that is made of it: the system takes that back when the
 * process ends, however it ends.
 *
 * @returns a function that gives it up; undefined where another process of this machine holds it
 */
export async function hold(name: string): Promise<(() => void) | undefined> {
  return holdAt(addressOf(createHash('sha256').update(name).digest('hex').slice(0, 32)))
}

/** The address: on Linux and Windows a name that only lives as long as its holder, elsewhere a socket in a file. */
function addressOf(digest: string): string {
  if (process.platform === 'linux') return `\0obsidian-events-${digest}`
  if (process.platform === 'win32') return String.raw`\\.\pipe\obsidian-events-${digest}`
  return join(tmpdir(), `obsidian-events-${digest}`)
}

/** Holds an address. Of a file, what a process that has died left there is taken away. */
export async function holdAt(address: string): Promise<(() => void) | undefined> {
  const held = await listen(address)
  if (held !== undefined || !address.startsWith('/') || (await answers(address))) return held
  // Taken aside first: of two that find it dead, the later one would take away what the earlier one has put there.
  const aside = `${address}-${process.pid}`
  try {
    renameSync(address, aside)
  } catch {
    return listen(address)
  }
  if (await answers(aside)) {
    renameSync(aside, address)
    return undefined
  }
  rmSync(aside)
  return listen(address)
}

async function listen(address: string): Promise<(() => void) | undefined> {
  const server: Server = createServer((socket) => socket.destroy())
  try {
    server.listen(address)
    await once(server, 'listening')
    server.unref()
    return () => void server.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}

async function answers(address: string): Promise<boolean> {
  const socket = connect(address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
