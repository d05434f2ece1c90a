import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mock } from '@obsidianlaunch/events-mock'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import type { PageSettings } from '../../src/page/settings.ts'
import { Identities } from '../../src/identities.ts'
import { RelayProcess, type RelayProgramOptions } from '../../src/relay-process.ts'
import { type Site, serveSite } from '../../src/site.ts'
import { ImpatientRelay, type Patience } from './impatient-relay.ts'
import { Journal } from './judge.ts'

export const key = 'pk_live_web_app_example'

/** Everything behind a browser: the web app's server, the relay, the API. */
export class Stack implements AsyncDisposable {
  readonly journal = new Journal()
  readonly mock: Mock
  readonly site: Site
  readonly identities: Identities
  relay: RelayProcess
  /** The settings of pages that are opened from now on. */
  readonly page: PageSettings
  readonly #parts: AsyncDisposableStack

  private constructor(
    parts: AsyncDisposableStack,
    mock: Mock,
    site: Site,
    identities: Identities,
    relay: RelayProcess,
    page: PageSettings,
  ) {
    this.#parts = parts
    this.mock = mock
    this.site = site
    this.identities = identities
    this.relay = relay
    this.page = page
  }

  /** Starts all of it but the API, each at a port of its own. */
  static async start(mock: Mock): Promise<Stack> {
    await using parts = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'webapp-'))
    parts.defer(() => rm(folder, { recursive: true }))
    // A tracker waits half a second before it tries again, and longer the next time; a test has no use for that.
    const backoff = { baseMs: 50, capMs: 500 }
    const page: PageSettings = { relay: '', key, tracker: { backoff } }
    const identities = new Identities({
      secret: 'a-secret-that-the-site-and-the-relay-share',
      audience: 'relay',
      seconds: 60,
    })
    const site = parts.use(await serveSite({ settings: () => page, identities }))
    const relay = parts.use(
      new RelayProcess({
        // One that nobody else is given while the relay is away.
        port: await reservedPort(),
        upstream: mock.url,
        token: 'the-project-token',
        file: join(folder, 'events.db'),
        origin: site.url,
        key,
      }),
    )
    relay.adminUrl = `http://127.0.0.1:${await reservedPort()}`
    page.relay = (await relay.start()).url
    return new Stack(parts.move(), mock, site, identities, relay, page)
  }

  /** Shuts the relay down and starts it with other options. */
  async restartRelay(options: Partial<RelayProgramOptions>): Promise<void> {
    await this.relay[Symbol.asyncDispose]()
    Object.assign(this.relay.options, options)
    await this.relay.start()
  }

  /** Starts a relay in place of this one that waits less for the API. */
  async replaceRelay(patience: Patience): Promise<void> {
    await this.relay[Symbol.asyncDispose]()
    this.relay = this.#parts.use(new ImpatientRelay(this.relay.options, patience))
    await this.relay.start()
  }

  /** Lets the relay want a signed identity of every customer. */
  async requireIdentity(): Promise<void> {
    const { secret, audience } = this.identities.options
    delete this.page.key
    delete this.relay.options.key
    await this.restartRelay({ identity: { secret, audience } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}
