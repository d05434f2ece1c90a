/** The example: starts the API's mock, a relay and the web app, and prints where they are. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMock } from '@obsidianlaunch/events-mock'
import { Identities } from './identities.ts'
import type { PageSettings } from './page/settings.ts'
import { RelayProcess } from './relay-process.ts'
import { serveSite } from './site.ts'

/** Time for which a relay that was killed stays away, so that the page can be seen to wait for it. */
const downMs = 3_000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function run(interrupted: AbortSignal): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'webapp-'))
  parts.defer(() => rm(folder, { recursive: true }))
  const identities = new Identities({ secret: crypto.randomUUID(), audience: 'the relay', seconds: 300 })
  const { secret, audience } = identities.options
  const page: PageSettings = { relay: '', isDurable: true }
  const mock = parts.use(await startMock({ port: 4022 }).catch(() => startMock()))
  const options = { settings: () => page, identities }
  const site = parts.use(await serveSite({ ...options, port: 4020 }).catch(() => serveSite(options)))
  const relay = parts.use(
    new RelayProcess({
      port: 0,
      upstream: mock.url,
      token: 'the-project-token',
      file: join(folder, 'events.db'),
      origin: site.url,
      identity: { secret, audience },
    }),
  )
  page.relay = (await relay.start()).url
  say(`Web app  ${site.url}`)
  say(`Relay    ${relay.url}`)
  say(`         ${relay.adminUrl} is the page of those who look after it`)
  say(`API      ${mock.inspectorUrl}`)
  say('\nPress the buttons of the web app, and see the events arrive at the API, whose page can make it fail.')
  say('Ctrl-C ends it.\n')
  const aborted = once(interrupted, 'abort')
  while (!interrupted.aborted) {
    say(`To see what the death of a relay costs: kill -9 ${relay.pid}`)
    await Promise.race([relay.ended, aborted])
    if (interrupted.aborted) return
    say(`The relay is dead. It comes back in ${downMs / 1_000} seconds.`)
    await sleep(downMs)
    await relay.start()
  }
}

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())
process.once('SIGTERM', () => interrupt.abort())
await run(interrupt.signal)
