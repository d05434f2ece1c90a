/**
 * The address of a client, as far as it can be trusted. Each proxy of your own adds the address that it was asked from at the
 * end of `X-Forwarded-For`: what stands further left anybody may have written.
 *
 * @param proxies how many of your own proxies a request passes
 */
export function addressOf(headers: Headers, remoteAddress: string | undefined, proxies: number): string | undefined {
  if (proxies === 0) return remoteAddress
  const forwarded = (headers.get('x-forwarded-for') ?? '').split(',').map((address) => address.trim())
  const named = forwarded.filter((address) => address !== '').at(-proxies)
  // A request that passed fewer proxies than are trusted came by another way.
  return named ?? remoteAddress
}

/** Length of the longest address, with a zone and a port. In its place anybody may have written anything. */
const longestAddress = 64

/** The part of an address that belongs to one subscriber: an IPv6 network of 64 bits, an IPv4 address as it is. */
export function subscriberOf(address: string): string {
  const plain = address
    .slice(0, longestAddress)
    .toLowerCase()
    .replace(/^\[|\].*$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '')
  // An IPv4 address, with the port that some proxies add.
  if (plain.includes('.') || !plain.includes(':')) return plain.replace(/:\d+$/, '')
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
