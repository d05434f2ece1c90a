import type { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { Channel, tracingChannel } from 'node:diagnostics_channel'
import { builtin, isNode } from '../platform/platform.ts'

/** The part of Node's modules that is used. They are not imported, so that this can be loaded everywhere, if only to say that it needs Node. */
export interface NodeModules {
  readonly asyncHooks: {
    readonly AsyncLocalStorage: typeof AsyncLocalStorage
    readonly AsyncResource: typeof AsyncResource
  }
  readonly channels: { channel(name: string): Channel; readonly tracingChannel: typeof tracingChannel }
}

/** The modules of Node itself; undefined elsewhere. */
export function nodeModules(): NodeModules | undefined {
  const [asyncHooks, channels] = [builtin('async_hooks'), builtin('diagnostics_channel')]
  if (!isNode() || asyncHooks === undefined || channels === undefined) return undefined
  return { asyncHooks, channels } as unknown as NodeModules
}
