/** The part of an AsyncLocalStorage that is used. */
export interface Customers {
  run<R>(customerId: string | undefined, callback: () => R): R
  getStore(): string | undefined
}

const key = Symbol.for('@obsidianlaunch/events:customers')
const globals = globalThis as { [key]?: Customers }

/** The storage of the customer in context, one for the process however often this module is loaded; undefined until it is used. */
export function customersInContext(): Customers | undefined {
  return globals[key]
}

/** Gives the storage, made where there is none yet. */
export function startCustomers(make: () => Customers): Customers {
  return (globals[key] ??= make())
}

/** The customer of a call that has none: its error says how to bring one into context. */
export const nobody = /* @__PURE__ */ Symbol.for('@obsidianlaunch/events:nobody') as unknown as string
