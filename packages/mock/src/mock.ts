import type { Bodies } from './recording/bodies.ts'
import type { Mock } from './recording/view.ts'
import type { MockOptions } from './server/options.ts'
import { startServer } from './server/start.ts'

export type { Mock } from './recording/view.ts'

/**
 * Starts a server that answers with the examples of the OpenAPI document and refuses requests that violate it.
 *
 * @throws Error of one line when the port is taken, or when the OpenAPI document is missing or broken
 * @example
 * const mock = await startMock()
 * const tracker = new EventTracker({ token: 'any', baseUrl: mock.url })
 */
export async function startMock<B = Bodies>(options: MockOptions = {}): Promise<Mock<B>> {
  return (await startServer<B>(options)).mock
}
