import { sleep } from './time.ts'

interface RejectionEvent {
  reason: unknown
  preventDefault(): void
}

interface Listeners {
  addEventListener?(type: string, listener: (event: RejectionEvent) => void): void
  removeEventListener?(type: string, listener: (event: RejectionEvent) => void): void
}

interface ProcessListeners {
  on(event: string, listener: (reason: unknown) => void): void
  off(event: string, listener: (reason: unknown) => void): void
}

/** Hears of every unhandled rejection, by a process event where there is a process, else by an event of the page. */
export class UnhandledRejections implements AsyncDisposable {
  readonly messages: string[] = []
  readonly #global = globalThis as unknown as Listeners & { process?: ProcessListeners }
  readonly #heard = (reason: unknown) => this.messages.push(reason instanceof Error ? reason.message : String(reason))
  readonly #event = (event: RejectionEvent) => {
    event.preventDefault()
    this.#heard(event.reason)
  }

  constructor() {
    if (this.#global.process) this.#global.process.on('unhandledRejection', this.#heard)
    else this.#global.addEventListener?.('unhandledrejection', this.#event)
  }

  /** Gives what is unhandled now the time to be heard. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await sleep(5)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quiet()
    if (this.#global.process) this.#global.process.off('unhandledRejection', this.#heard)
    else this.#global.removeEventListener?.('unhandledrejection', this.#event)
  }
}
