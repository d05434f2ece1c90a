import type { Logger } from '../options/options.ts'

const loggers = /* @__PURE__ */ new WeakMap<object, Logger>()

/** Lets other entry points know the logger of a tracker. */
export function knowLogger(tracker: object, logger: Logger | undefined): void {
  if (logger !== undefined) loggers.set(tracker, logger)
}

/** The logger of a tracker, if it has one. */
export function loggerOf(tracker: object): Logger | undefined {
  return loggers.get(tracker)
}
