import { defineConfig } from 'vitest/config'

/** The tests in which a tracker reaches a real server by itself: all of them run over both of Node's transports. */
const reachServers =
  'bad-input,before-send,body,cancel,durable,event-names,judge*,overflow,redaction,secrets,tracker,wait-until,wire*,' +
  'promise/one-request,promise/own-fetch'

export default defineConfig({
  test: {
    // A bound for hangs, not a measure: the machine may be busy.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: ['test/support/transport.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    projects: [
      { extends: true, test: { name: 'dispatcher', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'fetch', include: [`test/{${reachServers}}.test.ts`], env: { EVENTS_TEST_TRANSPORT: 'fetch' } },
      },
    ],
  },
})
