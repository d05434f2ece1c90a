import { FaultScripts } from '../faults/fault-scripts.ts'
import { Listeners } from '../faults/listeners.ts'
import { createInspector } from '../inspector/inspector.ts'
import { loadEngine } from '../prism/engine.ts'
import { packagedDocument } from '../prism/packaged-document.ts'
import type { Bodies } from '../recording/bodies.ts'
import { type Mark, type Scope, Scopes } from '../recording/isolation.ts'
import { openView } from '../recording/open-view.ts'
import { Recorder } from '../recording/recorder.ts'
import type { Mock, TokenIsolated } from '../recording/view.ts'
import type { ArrivedCall } from './answer.ts'
import { createClock } from './clock.ts'
import { createHttpServer } from './http-server.ts'
import { type MockOptions, checkOptions } from './options.ts'
import { ServerPort, urlOf } from './port.ts'
import { createUpstream } from './upstream.ts'

/** Running mock, with the recorder behind it, and those who hear of calls as they arrive. */
export interface RunningServer<B> {
  mock: Mock<B>
  recorder: Recorder
  arrivals: Listeners<ArrivedCall>
}

export async function startServer<B = Bodies>(options: MockOptions = {}): Promise<RunningServer<B>> {
  const checked = checkOptions(options)
  const { port, host, maxRecords, maxBytes, origins } = checked
  const file = checked.spec ?? packagedDocument()
  const clock = createClock(checked)
  const upstream = checked.upstream === undefined ? undefined : createUpstream(checked.upstream)
  let ids: readonly string[] = []
  const newScope = (mayRefuse: boolean): Scope => ({
    recorder: new Recorder({ maxRecords, maxBytes }),
    faults: new FaultScripts({ random: () => clock.random(), operations: () => ids, mayRefuse }),
  })
  const scopes = new Scopes(newScope(true))
  const arrivals = new Listeners<ArrivedCall>()
  // The socket opens while Prism loads; what arrives meanwhile waits.
  const engine = loadEngine(file)
  const operations = engine.then((ready) => ready.operations)
  const server = createHttpServer({
    engine,
    upstream,
    scopes,
    clock,
    arrived: (call) => arrivals.tell(call),
    inspect: createInspector({ ...scopes.whole, operations }),
    origins,
  })
  const serverPort = new ServerPort(server, scopes.whole.faults)
  const close = async () => {
    await serverPort.close()
    upstream?.close()
    scopes.whole.faults.clear()
  }
  const [opened, loaded] = await Promise.allSettled([serverPort.open(port, host), operations])
  if (opened.status === 'rejected') throw opened.reason
  if (loaded.status === 'rejected') {
    await close()
    throw loaded.reason
  }
  ids = loaded.value.map(({ id }) => id)
  const url = urlOf(opened.value)
  const mock = Object.assign(openView<B>(scopes.whole, url, false), {
    inspectorUrl: `${url}/_inspector`,
    isolate: (by?: IsolatedBy) => isolate<B>({ scopes, scope: newScope(false), url, token: clock.token() }, by),
    close,
    [Symbol.asyncDispose]: close,
  })
  return { mock, recorder: scopes.whole.recorder, arrivals }
}

interface IsolatedBy {
  token?: string | undefined
  headers?: Mark
}

function isolate<B>(
  { scopes, scope, url, token: spare }: { scopes: Scopes; scope: Scope; url: string; token: string },
  { headers, token = headers === undefined ? spare : '' }: IsolatedBy = {},
): TokenIsolated<B> {
  const close = scopes.open(scope, headers ?? { authorization: `Bearer ${token}` })
  return Object.assign(openView<B>(scope, url, true), { token, close, [Symbol.dispose]: close })
}
