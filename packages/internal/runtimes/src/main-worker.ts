import { type Env, traits } from './case.ts'
import { casesFor, tryPart } from './suite.ts'

interface Bindings {
  ORIGIN: string
}

interface Context {
  waitUntil(promise: Promise<unknown>): void
}

/** A Worker that runs one case for each request, since a tracker belongs to one: `/3` is the fourth, and `/3/afterwards` its second part. */
// oxlint-disable-next-line import/no-default-export -- how workerd finds a Worker
export default {
  async fetch(request: Request, { ORIGIN }: Bindings, context: Context): Promise<Response> {
    const [, index, second] = new URL(request.url).pathname.split('/')
    const one = casesFor(traits.worker)[Number(index)]
    const part = second === undefined ? one?.run : one?.afterwards
    if (one === undefined || part === undefined) return new Response(null, { status: 404 })
    const env: Env = {
      origin: ORIGIN,
      token: 'suite-token',
      traits: traits.worker,
      waitUntil: (promise) => context.waitUntil(promise),
    }
    return Response.json(await tryPart(one.name, part, env))
  },
}
