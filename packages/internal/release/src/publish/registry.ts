import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from 'verdaccio'

export const scope = '@obsidianlaunch'

/** A registry on this machine, for our scope alone. Nothing outlives it. */
export interface Registry extends AsyncDisposable {
  url: string
  /** An npmrc for who publishes to it, or installs from it. */
  npmrc: string
}

/** Starts a registry for our packages. All others come from the usual registry, so this one asks nobody else. */
export async function startRegistry(): Promise<Registry> {
  const home = await mkdtemp(join(tmpdir(), 'events-registry-'))
  const server = (await runServer({
    storage: join(home, 'storage'),
    self_path: home,
    auth: { htpasswd: { file: join(home, 'htpasswd'), max_users: -1 } },
    packages: { '**': { access: '$all', publish: '$all', unpublish: '$all' } },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
    web: { enable: false },
    // The bundled middleware for `npm audit` would ask the internet.
    middlewares: { audit: { enabled: false } },
  })) as Server
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const npmrc = join(home, 'npmrc')
  // npm wants a token to publish, whatever it is.
  await writeFile(npmrc, `${scope}:registry=http://${host}/\n//${host}/:_authToken=anyone\n`)
  return {
    url: `http://${host}/`,
    npmrc,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await rm(home, { recursive: true, force: true })
    },
  }
}
