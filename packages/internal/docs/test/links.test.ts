import { statSync } from 'node:fs'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { addresses, fileAt, htmlAt } from './dist.ts'

/** A page as links see it: the anchors that it has, and the links, by their whole addresses. */
interface Page {
  anchors: Set<string>
  links: URL[]
}

const here = 'https://obsidianlaunch.github.io'

function read(address: string): Page {
  const { document } = parseHTML(htmlAt(address))
  const anchors = [...document.querySelectorAll('[id], a[name]')].map(
    (element) => element.id || element.getAttribute('name'),
  )
  const links = [...document.querySelectorAll('a[href], link[href]:not([rel=canonical]), script[src], img[src]')].map(
    (element) => new URL(element.getAttribute('href') ?? element.getAttribute('src') ?? '', here + address),
  )
  return { anchors: new Set(anchors.filter((anchor) => anchor !== null)), links }
}

const pages = new Map(addresses.map((address) => [address, read(address)]))

function isBroken({ origin, pathname, hash }: URL): boolean {
  if (origin !== here) return false
  const file = fileAt(pathname)
  if (file === undefined || !statSync(file).isFile()) return true
  const anchor = decodeURIComponent(hash.slice(1))
  return anchor !== '' && !/^(?:_top|:~:)/.test(anchor) && pages.get(pathname)?.anchors.has(anchor) !== true
}

test('every link of every page leads to a page that is there, and to a heading that it has', () => {
  expect(pages.size).toBeGreaterThan(30)
  const broken = [...pages].flatMap(([address, { links }]) =>
    links.filter(isBroken).map(({ pathname, hash }) => `${address} -> ${pathname}${hash}`),
  )
  expect([...new Set(broken)]).toEqual([])
})

test('a page links to other hosts over https alone', () => {
  const bad = [...pages].flatMap(([address, { links }]) =>
    links.filter(({ protocol }) => !/^(?:https|mailto):$/.test(protocol)).map(({ href }) => `${address} -> ${href}`),
  )
  expect(bad.filter((line) => !/-> http:\/\/(?:localhost|127\.0\.0\.1)/.test(line))).toEqual([])
})
