import { createClock } from './clock.ts'
import { packagedDocument } from '../prism/openapi-document.ts'
import { loadEngine } from '../prism/engine.ts'
import { Faults } from '../faults/fault-scripts.ts'
import { createFront } from './http-server.ts'
import { Gate, urlOf } from './port.ts'
import { createInspector } from '../inspector/inspector.ts'
import { openView } from '../recording/open-view.ts'
import { type MockOptions, checkOptions } from './options.ts'
import type { Bodies } from '../recording/bodies.ts'
import { type Mark, type Place, Places } from '../recording/isolation.ts'
import { Recorder } from '../recording/recorder.ts'
import { createUpstream } from './upstream.ts'
import type { Mock, TokenIsolated } from '../recording/view.ts'

/** A mock with what lies behind it. */
export interface Watched<B> {
  mock: Mock<B>
  recorder: Recorder
  operations: readonly string[]
}

export async function startWatched<B = Bodies>(options: MockOptions = {}): Promise<Watched<B>> {
  const checked = checkOptions(options)
  const { port, host, maxRecords, maxBytes, origins } = checked
  const file = checked.spec ?? packagedDocument()
  const clock = createClock(checked)
  const upstream = checked.upstream === undefined ? undefined : createUpstream(checked.upstream)
  let ids: readonly string[] = []
  const newPlace = (mayRefuse: boolean): Place => ({
    recorder: new Recorder({ maxRecords, maxBytes }),
    faults: new Faults({ random: () => clock.random(), operations: () => ids, mayRefuse }),
  })
  const places = new Places(newPlace(true))
  // The socket opens while Prism loads; what arrives meanwhile waits.
  const engine = loadEngine(file)
  const operations = engine.then((ready) => ready.operations)
  const server = createFront({
    engine,
    upstream,
    places,
    clock,
    inspect: createInspector({ ...places.whole, operations }),
    origins,
  })
  const gate = new Gate(server, places.whole.faults)
  const close = async () => {
    await gate.close()
    upstream?.close()
    places.whole.faults.clear()
  }
  const [opened, loaded] = await Promise.allSettled([gate.open(port, host), operations])
  if (opened.status === 'rejected') throw opened.reason
  if (loaded.status === 'rejected') {
    await close()
    throw loaded.reason
  }
  ids = loaded.value.map(({ id }) => id)
  const url = urlOf(opened.value)
  const mock = Object.assign(openView<B>(places.whole, url, false), {
    inspectorUrl: `${url}/_inspector`,
    isolate: (by?: IsolatedBy) => isolate<B>({ places, place: newPlace(false), url, token: clock.token() }, by),
    close,
    [Symbol.asyncDispose]: close,
  })
  return { mock, recorder: places.whole.recorder, operations: ids }
}

interface IsolatedBy {
  token?: string
  headers?: Mark
}

function isolate<B>(
  { places, place, url, token: spare }: { places: Places; place: Place; url: string; token: string },
  { headers, token = headers === undefined ? spare : '' }: IsolatedBy = {},
): TokenIsolated<B> {
  const close = places.open(place, headers ?? { authorization: `Bearer ${token}` })
  return Object.assign(openView<B>(place, url, true), { token, close, [Symbol.dispose]: close })
}
