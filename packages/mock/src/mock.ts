import type { Bodies } from './operations.gen.ts'
import type { MockOptions } from './options.ts'
import { startWatched } from './start.ts'
import type { Isolated, TokenIsolated, View } from './view.ts'

/** The API on your laptop. */
export interface Mock<B = Bodies> extends View<B> {
  /** Where the live page is. */
  readonly inspectorUrl: string
  /**
   * A part of the mock for one test: it sees only the requests that carry its token (or its headers), and its faults
   * strike only those. Tests that run at the same time share one server so. Without a token it makes one up.
   *
   * @example
   * const mine = mock.isolate()
   * const tracker = new EventTracker({ token: mine.token, baseUrl: mine.url })
   */
  isolate(by?: { token?: string }): TokenIsolated<B>
  isolate(by: { headers: Readonly<Record<string, string>> }): Isolated<B>
  /** Stops listening and ends every open connection. A second call changes nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a server that answers as the API document says, from its examples, and refuses what the document forbids.
 *
 * @throws Error of one line when the port is taken, or when the document is missing or broken
 * @example
 * const mock = await startMock()
 * const tracker = new EventTracker({ token: 'any', baseUrl: mock.url })
 */
export async function startMock<B = Bodies>(options: MockOptions = {}): Promise<Mock<B>> {
  return (await startWatched<B>(options)).mock
}
