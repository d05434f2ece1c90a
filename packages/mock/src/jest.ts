import type { BodiesOf, MockMatchers } from './recording/matcher-types.ts'

export type { MockMatchers, Step } from './recording/matcher-types.ts'
export { mockMatchers } from './recording/matchers.ts'

// For the global `expect` of @types/jest.
declare global {
  namespace jest {
    interface Matchers<R, T = {}> extends MockMatchers<R, BodiesOf<T>> {}
  }
}

// For the one of @jest/globals. Without it the module is not there, and the declaration is for nobody.
/** @ts-ignore */
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends MockMatchers<R, BodiesOf<T>> {}
}
