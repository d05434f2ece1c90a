import type { Attempt } from '../../../src/inspector/page/store/event.ts'

let seq = 0

/** An attempt as the stream brings it, of a proper event unless said otherwise. */
export function attempt(body: unknown, more: Partial<Attempt> & { status?: number } = {}): Attempt {
  const { status = 200, ...rest } = more
  seq += 1
  return {
    run: 'first',
    seq,
    id: undefined,
    at: '2026-01-02T03:04:05.678Z',
    durationMs: 1,
    operation: 'trackEvent',
    method: 'POST',
    path: '/events/test',
    headers: {},
    text: typeof body === 'string' ? body : JSON.stringify(body),
    violations: [],
    answer: { status, headers: {}, text: '{}', violations: [] },
    ...rest,
  }
}

export const click = { customer_id: 'user123', event: 'button_click' }
export const john = {
  customer_id: 'user123',
  name: 'John Doe',
  email: 'john@example.com',
  properties: { plan: 'premium' },
}
export const violation = { location: 'body', path: 'event', message: 'Request body property event must be string' }
