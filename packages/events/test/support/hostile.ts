const { proxy, revoke } = Proxy.revocable({}, {})
revoke()
export const revoked: object = proxy

function throws(): never {
  throw new Error('no luck')
}

function throwNothing(): never {
  // oxlint-disable-next-line no-throw-literal -- callers may
  throw undefined
}

/** Objects that throw when they are looked at in one of the ways in which JSON looks at them. */
export const hostile: [string, object][] = [
  ['a proxy whose get throws', new Proxy({ name: 'x' }, { get: throws })],
  ['a proxy whose ownKeys throws', new Proxy({ name: 'x' }, { ownKeys: throws })],
  ['a proxy whose getOwnPropertyDescriptor throws', new Proxy({ name: 'x' }, { getOwnPropertyDescriptor: throws })],
  ['a revoked proxy', revoked],
  ['a getter that throws', Object.defineProperty({}, 'name', { enumerable: true, get: throws })],
  ['a getter that throws nothing', Object.defineProperty({}, 'name', { enumerable: true, get: throwNothing })],
]
