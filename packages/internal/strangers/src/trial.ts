import type { Mock, TokenIsolated } from '@obsidianlaunch/events-mock'
import type { Ended } from '@obsidianlaunch/testkit/run'
import type { Project, Place, Workshop } from './installer.ts'

/** The tools that every stranger may use. */
export interface Bench {
  workshop: Workshop
  mock: Mock
}

export interface Limit {
  reason: string
  shows: RegExp
}

/** One cell of the table: a project that is installed and run in one place. */
export interface Trial {
  table: string
  row: string
  column: string
  /** The setting that is needed there, if any. */
  setting?: string | undefined
  /** The platform's own reason why it cannot work, and what the trial then shows. */
  limit?: Limit | undefined
  /** Quick enough for every `LONG=1 npm test`. */
  quick?: boolean
  /** Too long for CI. */
  long?: boolean
  /** The tool that it needs and this machine does not have, and the command that brings it. */
  missing?: string | undefined
  run: (bench: Bench) => Promise<void>
}

/** Runs something with an API of its own in its environment, which must then have the calls and no violation. */
export async function withApi(
  { mock }: Bench,
  operations: readonly Operation[],
  start: (env: Record<string, string>, arrived: () => Promise<unknown>, part: TokenIsolated) => Promise<unknown>,
): Promise<void> {
  const part = mock.isolate()
  const last = operations.at(-1)
  const arrived = () => part.waitFor(({ operation }) => operation === last, { timeoutMs: 60_000 })
  await start({ EVENT_TRACKING_BASE_URL: mock.url, EVENT_TRACKING_AUTH_TOKEN: part.token }, arrived, part)
  const received = part.requests.map(({ operation, status }) => `${operation} ${status}`).join()
  const wanted = operations.map((operation) => `${operation} 200`).join()
  if (received !== wanted) throw new Error(`The API should have received "${wanted}", and received "${received}"`)
}

type Operation = 'identifyCustomer' | 'trackEvent'

export const bothCalls: readonly Operation[] = ['identifyCustomer', 'trackEvent']

/** Starts a file, which must end well and print this. */
export async function prints(project: Project, file: string, wanted: object, place: Place): Promise<void> {
  const ended = await project.start(file, place)
  mustPrint(ended, wanted)
}

export function mustPrint({ code, stdout, stderr }: Ended, wanted: object): void {
  const told = stdout.trim().split('\n').at(-1)
  if (code === 0 && told === JSON.stringify(wanted)) return
  throw new Error(`should print ${JSON.stringify(wanted)}, and ended with ${code}\n${stdout}\n${stderr}`)
}
