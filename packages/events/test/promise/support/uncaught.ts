const names = ['uncaughtException', 'unhandledRejection'] as const

/** Hears what nobody catches, in place of whoever else listens. */
export class Uncaught implements Disposable {
  readonly heard: unknown[] = []
  readonly #others = names.map((name) => process.listeners(name as 'uncaughtException'))
  readonly #hear = (thrown: unknown) => void this.heard.push(thrown)

  constructor() {
    for (const name of names) {
      process.removeAllListeners(name)
      process.on(name, this.#hear)
    }
  }

  [Symbol.dispose](): void {
    for (const [at, name] of names.entries()) {
      process.removeListener(name, this.#hear)
      for (const other of this.#others[at] ?? []) process.on(name, other)
    }
  }
}
