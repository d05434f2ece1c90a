import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorldClock } from './clock.ts'
import { LightRequest } from './light-request.ts'
import type { Random } from '../script/random.ts'

/** The world whose time, chance and turns the platform has. The engine takes them at its import. */
export const ground: {
  clock: WorldClock | undefined
  random: Random | undefined
  warned: (text: string) => void
  /** Stands for one of Node's modules. */
  modules: Map<string, unknown>
} = { clock: undefined, random: undefined, warned: () => undefined, modules: new Map() }

function theClock(): WorldClock {
  if (ground.clock === undefined) throw new Error('There is no world')
  return ground.clock
}

/** Puts the world in the place of the platform. Comes before the engine is imported. */
export function takeThePlatform(): void {
  Object.assign(globalThis, {
    setTimeout: (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      theClock().setTimer(() => run(...given), ms),
    clearTimeout: (timer: unknown) => theClock().clearTimer(timer),
    setImmediate: (run: (...given: unknown[]) => void, ...given: unknown[]) => theClock().soon(() => run(...given)),
    Request: LightRequest,
  })
  Date.now = () => theClock().wallTime()
  performance.now = () => theClock().now
  Math.random = () => ground.random?.next() ?? 0
  Object.defineProperty(crypto, 'randomUUID', { value: mintId })
  process.emitWarning = (text: unknown) => ground.warned(String(text))
  const getModule = process.getBuiltinModule.bind(process)
  Object.assign(process, { getBuiltinModule: (name: string) => ground.modules.get(name) ?? getModule(name) })
  // What runs in the context of the import would belong to no process.
  Object.assign(AsyncLocalStorage, { snapshot: undefined })
}

function mintId(): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('')
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
