import type { Random } from './random.ts'
import { day, hour, type Reply } from './script.ts'

const afterMs = (random: Random): number => random.weighed([3, 1], [4, 20], [2, 150], [1, 900])

const statuses = [200, 200, 201, 204, 299, 400, 401, 403, 404, 405, 407, 408, 409, 410, 413, 421, 422, 425, 429, 429]
const moreStatuses = [500, 501, 502, 503, 503, 504, 505, 511, 529, 599, 302, 307, 100, 600]

/** Each form of `Retry-After`, sound or not. A name in brackets stands for the date at that distance. */
const retryAfters = [
  '0',
  '1',
  '3',
  '30',
  '120',
  '60000',
  '2592000',
  '1.5',
  '-1',
  'soon',
  '',
  '99999999999999999999',
  '[0]',
  '[5000]',
  '[90000]',
  `[${-hour}]`,
  `[${30 * day}]`,
]

export function anyReply(random: Random): Reply {
  const status = random.weighed<Reply['status']>(
    [6, random.pick([...statuses, ...moreStatuses])],
    [1, 'network'],
    [1, 'silent'],
    [1, 'lost'],
  )
  return {
    status,
    afterMs: afterMs(random),
    ...(random.chance(0.4) && { retryAfter: random.pick(retryAfters) }),
    ...(random.chance(0.3) && { body: random.pick(['json', 'junk', 'empty', 'cut', 'endless', 'echo']) }),
    ...(random.chance(0.1) && { isDeaf: true }),
    ...(random.chance(0.2) && { hasNoDate: true }),
  }
}

/** Each answer asks everybody for another wait, and some come late, when a probe is on its way. */
function anyStorm(random: Random): readonly Reply[] {
  return Array.from({ length: 2 + random.below(4) }, () => ({
    status: random.pick<Reply['status']>([429, 429, 429, 503, 200, 'silent']),
    afterMs: random.pick([3, 3, 900, 1_500, 2_500]),
    retryAfter: random.pick(['1', '3', '30', '120']),
  }))
}

/** The weather of the API from now on: its replies take turns. */
export function anyWeather(random: Random, isCalm: boolean): readonly Reply[] {
  const all = (status: Reply['status'], more: Partial<Reply> = {}) => [{ status, afterMs: afterMs(random), ...more }]
  return random.weighed<() => readonly Reply[]>(
    [isCalm ? 12 : 5, () => all(200)],
    [1, () => all('network')],
    [1, () => all('silent')],
    [1, () => all(503)],
    [1, () => all(503, { retryAfter: random.pick(retryAfters) })],
    [1, () => all(429, { retryAfter: random.pick(retryAfters) })],
    [1, () => all(random.pick([401, 403, 404, 407]))],
    [1, () => all(500)],
    [1, () => all(random.pick([408, 500, 502]), { retryAfter: random.pick(retryAfters) })],
    [1, () => anyStorm(random)],
    [0.5, () => all('lost')],
    [0.5, () => all(200, { afterMs: random.pick([3_000, 15_000]) })],
    [3, () => Array.from({ length: 2 + random.below(5) }, () => anyReply(random))],
  )()
}
