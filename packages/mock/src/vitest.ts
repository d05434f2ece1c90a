import { type Mock, startMock } from './mock.ts'
import { mockMatchers } from './recording/matchers.ts'
import type { BodiesOf, MockMatchers } from './recording/matcher-types.ts'
import type { TokenIsolated } from './recording/view.ts'
import type { MockOptions } from './server/options.ts'

export type { MockMatchers, Step } from './recording/matcher-types.ts'
export { mockMatchers }

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends MockMatchers<
    R,
    BodiesOf<T>
  > {}
}

/** Fixtures that `mockFixture` adds to the tests of a file. */
export interface MockFixtures {
  /** The mock of the file, started when the first test asks for it and closed after the last. */
  mockServer: Mock
  /** The part of it that belongs to this test alone: give `mock.token` to the tracker. */
  mock: TokenIsolated
}

type Use<T> = (value: T) => Promise<void>

/** The fixtures in the form that `test.extend` takes. */
export interface MockFixtureDefinition {
  mockServer: [(context: object, use: Use<Mock>) => Promise<void>, { scope: 'file' }]
  mock: (context: Pick<MockFixtures, 'mockServer'>, use: Use<TokenIsolated>) => Promise<void>
}

/**
 * The one line that gives the tests of a file a mock, and `expect` its matchers. Tests may run at the same time.
 *
 * @example
 * const test = base.extend<MockFixtures>(mockFixture())
 * test('tracks the click', async ({ mock }) => {
 *   const tracker = new EventTracker({ token: mock.token, baseUrl: mock.url })
 *   await tracker.trackEvent('user123', 'button_click')
 *   expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
 * })
 */
export function mockFixture(options?: MockOptions): MockFixtureDefinition {
  return {
    mockServer: [
      // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
      async ({}, use) => {
        // Only within a test can vitest be imported; loaded here, this module can be imported anywhere else too.
        const { expect } = await import('vitest')
        expect.extend(mockMatchers)
        const server = await startMock(options)
        await use(server)
        await server.close()
      },
      { scope: 'file' },
    ],
    mock: async ({ mockServer }, use) => {
      const part = mockServer.isolate()
      await use(part)
      part.close()
    },
  }
}
