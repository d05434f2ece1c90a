import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Mock, startMock } from '../src/index.ts'

export const track = { customer_id: 'user123', event: 'button_click' }
export const identify = { customer_id: 'user123', name: 'John Doe', email: 'john@example.com', properties: {} }
export const proper = { Authorization: 'Bearer secret-token', 'Content-Type': 'application/json' }

/** One mock for the tests of a file, empty at the start of each. */
export function sharedMock(): () => Mock {
  let mock: Mock | undefined
  const running = () => {
    if (mock === undefined) throw new Error('The mock is not running yet')
    return mock
  }
  beforeAll(async () => {
    mock = await startMock()
  })
  beforeEach(() => running().reset())
  afterAll(() => mock?.close())
  return running
}

export async function post(
  mock: Pick<Mock, 'url'>,
  path: string,
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(mock.url + path, { method: 'POST', headers: { ...proper, ...headers }, body })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
