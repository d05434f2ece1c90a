import { once } from 'node:events'
import { EventTracker, type TrackerStats } from '@obsidianlaunch/events'
import { createRelay, type Relay } from '@obsidianlaunch/events-relay'
import { type Admin, createAdmin } from '@obsidianlaunch/events-relay/admin'
import { type Handler, serve, type Serving } from '@obsidianlaunch/events-relay/node'
import { exitCodes, isSdkError, textOf } from '../terminal/failure.ts'
import { environmentOf, isDisabled, projectToken } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'
import { flagOf, type RelaySettings, secretVariables } from './flags.ts'
import { keptIn, outboxFrom, ownIn, pendingIn, type RelayOutbox, warnOfPassword, withOwner } from './outbox.ts'
import { tellRecovery } from './recovery.ts'
import { RequestLog } from './request-log.ts'
import { configuration, type GivenFlags, identityOf, keysOf, settingsFrom } from './settings.ts'
import { tellWaiting } from './waiting.ts'

const defaultDrain = 8
/** Time after which people want to know why nothing happens. */
const slowOpeningMs = 1_000
/** Time that answers have to get out once everything else has ended. */
const lastAnswersMs = 500

/** A relay that serves, with all that belongs to it. */
interface Running {
  readonly settings: RelaySettings
  readonly stored: RelayOutbox | undefined
  readonly tracker: EventTracker
  readonly relay: Relay
  readonly admin: Admin | undefined
  readonly log: RequestLog
  readonly servers: readonly Serving[]
}

/** Serves until the process is told to end, and then ends within the time of `--drain`. */
export async function runRelay(shell: Shell, given: GivenFlags): Promise<void> {
  const running = await listen(shell, settingsFrom(given, shell.env))
  warnOfPassword(shell, given)
  const { settings, tracker, log } = running
  try {
    await opened(shell, running)
    assertOpen(running)
    if (!shell.stopped.aborted) await announce(shell, running)
    const endings = [tellWaiting(tracker, log, ownIn(running.stored)), tellRecovery(tracker, log, running.stored)]
    await stopped(shell).finally(() => endings.forEach((endOne) => endOne()))
  } catch (thrown) {
    await end(running, 0)
    throw thrown
  }
  // What is not open has stored nothing that could be delivered now.
  const isOpening = tracker.status().outbox.state === 'opening'
  const before = tracker.stats().dropped
  const report = await end(running, isOpening ? 0 : (settings.drain ?? defaultDrain) * 1_000)
  log.flush()
  tellEnd(shell, running, report, before)
}

/** Opens the outbox, which may have to be waited for, unless the relay is told to end before. */
async function opened(shell: Shell, { stored, relay, log }: Running): Promise<void> {
  const tell = () => log.say('warn', `${stored?.name} is not open yet: ${stored?.slow}.`)
  const timer = setTimeout(tell, slowOpeningMs)
  await Promise.race([relay.start(), stopped(shell)]).finally(() => clearTimeout(timer))
}

/** A relay that cannot store would refuse everybody: it ends, and whoever starts it sees why. */
function assertOpen({ tracker, stored }: Running): void {
  const { state, trouble } = tracker.status().outbox
  if (state === 'failed' && stored) throw stored.failure(trouble ?? { message: 'The outbox cannot be opened.' })
}

/** Makes tracker and relay, and takes the ports, before the outbox is opened: a port that is taken changes nothing. */
async function listen(shell: Shell, settings: RelaySettings): Promise<Running> {
  const log = new RequestLog(shell, settings.basePath ?? '/')
  const stored = await outboxFrom(settings)
  const tracker = trackerFrom(shell, stored, log)
  const admin = settings.adminPort === undefined ? undefined : adminOf(shell, settings, tracker, stored)
  const relay = relayOf(shell, settings, tracker, admin, log)
  const servers: Serving[] = []
  try {
    servers.push(await take('port', relay, settings.port ?? 8080, settings.host))
    if (admin) servers.push(await take('adminPort', admin, settings.adminPort ?? 0, settings.adminHost ?? '127.0.0.1'))
  } catch (thrown) {
    admin?.close()
    for (const server of servers) await server.close()
    throw thrown
  }
  return { settings, stored, tracker, relay, admin, log, servers }
}

/** Tells of an answer to a client, which the line of its request has: nothing is wrong with the relay. */
function isOfClient(message: string): boolean {
  return /^(Validation|Cancelled)Error: /.test(message)
}

function trackerFrom(shell: Shell, stored: RelayOutbox | undefined, log: RequestLog): EventTracker {
  // One that cannot be opened is told once, by how the relay ends.
  const isTold = () => tracker.status().outbox.state === 'failed'
  const tracker = new EventTracker({
    ...shell.trackerOptions(),
    ...(isDisabled(shell) ? {} : { token: projectToken(shell) }),
    ...(stored !== undefined && { outbox: stored.outbox }),
    logger: {
      warn: (message) => log.say('warn', withOwner(message, stored)),
      error: (message) => isTold() || isOfClient(message) || log.say('error', message),
    },
  })
  return tracker
}

function adminOf(
  { env }: Shell,
  { adminName: allowedHosts = [] }: RelaySettings,
  tracker: EventTracker,
  stored: RelayOutbox | undefined,
): Admin {
  const token = env[secretVariables.admin] || undefined
  return said(() =>
    createAdmin(tracker, { token, allowedHosts, sharedOutbox: stored?.isShared ? stored.outbox : undefined }),
  )
}

function relayOf(
  shell: Shell,
  settings: RelaySettings,
  tracker: EventTracker,
  admin: Admin | undefined,
  log: RequestLog,
) {
  const { basePath, origin: origins, anyone, traits, trustedProxies, maxBody: maxBodyBytes } = settings
  const [keys, identity] = [keysOf(settings), identityOf(settings, shell.env)]
  if (Object.keys(keys).length === 0 && identity === undefined && !anyone) {
    throw configuration(
      `Say who may send events: ${flagOf('key')} pk_… (\`obsidian-events relay key\` makes one), or signed identities; or ${flagOf('anyone')}, if it is everybody.`,
    )
  }
  const rateLimit = { perAddress: settings.rateLimit, perKey: settings.keyRateLimit }
  return said(() =>
    createRelay(tracker, {
      basePath,
      origins,
      keys,
      identity,
      anyone,
      traits,
      rateLimit,
      trustedProxies,
      maxBodyBytes,
      onRequest: (record) => {
        log.note(record)
        admin?.onRequest(record)
      },
      logger: { error: (message) => log.say('error', message) },
    }),
  )
}

/** Leaves the name of the function out of what it says is wrong: nobody here has called it. */
function said<T>(make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    if (!isSdkError(thrown) || thrown.code !== 'configuration') throw thrown
    throw configuration(plain(textOf(thrown).replace(/^create(Relay|Admin): /, '')))
  }
}

async function take(name: 'port' | 'adminPort', handler: Handler, port: number, host?: string): Promise<Serving> {
  try {
    return await serve(handler, { port, host })
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException
    const flag = flagOf(name)
    if (code === 'EADDRINUSE')
      throw configuration(`Port ${port} is taken: end the other program, or choose another ${flag}.`)
    if (code === 'EACCES') throw configuration(`Port ${port} is not for this user: choose a ${flag} above 1023.`)
    const hostFlag = flagOf(name === 'port' ? 'host' : 'adminHost')
    throw configuration(`${hostFlag}: ${plain(host ?? '')} is no address of this machine (${code}).`)
  }
}

function stopped({ stopped: signal }: Shell): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, 'abort')
}

/** Ends within `timeoutMs`. Until then the relay answers whoever still comes by 503, and says that the connection ends. */
async function end({ relay, admin, servers }: Running, timeoutMs: number): Promise<TrackerStats> {
  for (const { server } of servers) {
    server.prependListener('request', (_request, response) => (response.shouldKeepAlive = false))
  }
  const report = await relay.stop({ timeoutMs })
  admin?.close()
  const closed = Promise.all(servers.map((serving) => serving.close()))
  const timer = setTimeout(() => {
    for (const { server } of servers) server.closeAllConnections()
  }, lastAnswersMs)
  await closed
  clearTimeout(timer)
  return report
}

async function announce(shell: Shell, { settings, stored, tracker, admin, servers }: Running): Promise<void> {
  const { origin = [], basePath = '/' } = settings
  const [at, adminAt] = servers.map(({ url }) => url)
  const url = `${at}${basePath.replace(/\/$/, '')}`
  const environment = environmentOf(shell)
  const counted = tracker.stats().pending
  const pending = stored === undefined ? counted : await pendingIn(stored, counted)
  const record = {
    type: 'started',
    url,
    admin: adminAt,
    environment,
    outbox: stored?.name ?? null,
    pending: pending ?? null,
  }
  shell.report(record, () => {
    const { out } = shell
    const line = (name: string, text: string) => out.print(`${out.tone('bold', name.padEnd(9))} ${text}`)
    line('relay', `${url}, to the ${environment} environment`)
    if (stored === undefined) {
      line(
        'outbox',
        out.tone('yellow', 'none: events wait in memory, and each answer waits for the API (--outbox stores them)'),
      )
    } else {
      const before =
        pending === undefined
          ? 'with events from before that are not counted yet'
          : `${plural(pending, 'event')} from before`
      line('outbox', `${stored.name}, ${before}`)
    }
    if (isDisabled(shell)) line('disabled', 'EVENT_TRACKING_ENABLED is false: nothing is sent')
    line('origins', origin.length > 0 ? origin.join(', ') : 'none: no page of another origin may send')
    if (admin) line('admin', `${adminAt}`)
  })
}

/**
 * Says what became of everything. Without an outbox, what the end leaves undelivered is lost. What was dropped before was refused
 * to its client, erased by a person or switched off, and with an outbox so is what the end drops: nobody was told that it is kept.
 */
function tellEnd(shell: Shell, { stored }: Running, report: TrackerStats, droppedBefore: number): void {
  const { delivered, pending, dead } = report
  const undelivered = stored === undefined ? report.dropped - droppedBefore : 0
  shell.exitCode = undelivered > 0 ? exitCodes.failed : exitCodes.ok
  shell.report({ type: 'stopped', ...report }, () => {
    const kept = pending > 0 && stored !== undefined ? `, ${keptIn(stored, pending)}` : ''
    const lost = undelivered > 0 ? `, ${plural(undelivered, 'event')} lost` : ''
    shell.out.print(`stopped: ${plural(delivered, 'event')} delivered, ${plural(dead, 'dead letter')}${kept}${lost}`)
  })
}
