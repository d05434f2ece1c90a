/**
 * The members of a browser's interfaces that the outbox uses. TypeScript's own declarations of them (`lib.dom`) would hold
 * for the whole package, which runs where there are none.
 */
export interface Emitter {
  addEventListener(name: string, listener: () => void): void
}

export interface IdbRequest<T> extends Emitter {
  readonly result: T
  readonly error: unknown
}

export interface IdbFactory {
  open(name: string, version: number): IdbRequest<IdbDatabase>
}

export interface IdbDatabase extends Emitter {
  readonly objectStoreNames: { contains(name: string): boolean }
  createObjectStore(name: string, options: { keyPath: string | string[]; autoIncrement?: boolean }): IdbObjectStore
  transaction(names: readonly string[], mode: 'readonly' | 'readwrite', options: object): IdbTransaction
  close(): void
}

export interface IdbTransaction extends Emitter {
  readonly error: unknown
  objectStore(name: string): IdbObjectStore
  commit?(): void
  abort(): void
}

/** A key, or a range of keys. */
export type IdbQuery = number | string | readonly unknown[] | object

export interface IdbSource {
  get(query: IdbQuery): IdbRequest<unknown>
  getKey(query: IdbQuery): IdbRequest<unknown>
  getAll(query?: IdbQuery | null, count?: number): IdbRequest<unknown[]>
  getAllKeys(query?: IdbQuery | null, count?: number): IdbRequest<unknown[]>
  openKeyCursor(): IdbRequest<IdbCursor | null>
}

export interface IdbCursor {
  readonly key: unknown
  continue(key: unknown): void
}

export interface IdbObjectStore extends IdbSource {
  createIndex(name: string, keyPath: string | string[]): unknown
  index(name: string): IdbSource
  add(value: object): IdbRequest<unknown>
  put(value: object): IdbRequest<unknown>
  delete(query: IdbQuery): IdbRequest<unknown>
  count(): IdbRequest<number>
}

export interface LockManager {
  request(name: string, options: LockOptions, callback: (lock: unknown) => unknown): Promise<unknown>
  query(): Promise<{ held?: { name: string }[] }>
}

interface LockOptions {
  ifAvailable?: boolean
  signal?: AbortSignal
}

export interface Channel {
  addEventListener(name: 'message', listener: (message: { data: unknown }) => void): void
  postMessage(message: unknown): void
  close(): void
}

export interface Page extends Emitter {
  readonly visibilityState: string
  removeEventListener(name: string, listener: () => void): void
}

interface Browser {
  indexedDB?: IdbFactory | null
  IDBKeyRange: {
    bound(lower: unknown, upper: unknown): object
    lowerBound(lower: unknown, isOpen: boolean): object
  }
  navigator?: { locks?: LockManager }
  BroadcastChannel?: new (name: string) => Channel
  document?: Page
}

/** The globals of a page or a worker; elsewhere most of them are missing. */
export const browser = globalThis as unknown as Browser
