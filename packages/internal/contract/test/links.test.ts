import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sitePages, siteUrl, textOf } from '@obsidianlaunch/testkit/pages'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

const pages = globSync('{*,.github/*,spec/*,packages/*/*,packages/internal/*/*}.md', {
  cwd: root,
  exclude: (name) => name.endsWith('node_modules'),
})

/** The links and pictures of a page that point into the repository. */
function targetsOf(text: string): { path: string; heading: string }[] {
  const links = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)
  return [...links]
    .map(([, link, picture]) => link ?? picture ?? '')
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => ({ path: target.replace(/#.*/, ''), heading: target.split('#')[1] ?? '' }))
}

/** Names by which GitHub lets one link to the headings of a page. */
function headingsOf(text: string): string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, words = '']) =>
    words
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

test('every link and picture of a page leads to a file of the repository, and to a heading that is there', () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    return targetsOf(text)
      .filter(({ path, heading }) => {
        const file = join(root, path === '' ? page : join(dirname(page), path))
        if (!existsSync(file)) return true
        return heading !== '' && !headingsOf(readFileSync(file, 'utf8')).includes(heading)
      })
      .map(({ path, heading }) => `${page}: ${path}#${heading}`)
  })
  expect(broken).toEqual([])
})

/** Addresses on the site that a text names, without the site's own. */
function placesIn(text: string): string[] {
  const addresses = text.matchAll(/https:\/\/obsidianlaunch\.github\.io\/events-typescript\/([^\s)"'`<>]*)/g)
  return [...addresses].map(([, place = '']) => place)
}

test('every address on the site that a page names is the address of a page there, and of a heading of it', () => {
  const known = new Set(sitePages())
  const broken = pages.flatMap((page) =>
    placesIn(readFileSync(join(root, page), 'utf8')).filter((address) => {
      const [, place = '', heading] = /^([^#]*?)\/?(?:#(.*))?$/.exec(address) ?? []
      if (/^(?:api|http|upgrading)(?:\/|$)|^llms/.test(place)) return false
      if (!known.has(place) || (place !== '' && !/\/(?:#|$)/.test(address))) return true
      return (
        heading !== undefined &&
        !headingsOf(textOf(place)).includes(heading) &&
        !textOf(place).includes(`id="${heading}"`)
      )
    }),
  )
  expect(broken).toEqual([])
  expect(placesIn(`see ${siteUrl}guides/outages/#order)`)).toEqual(['guides/outages/#order'])
})

test('links, pictures and headings are found, and other hosts are left out', () => {
  const text = '[a](b.md#c) [d](https://e) <img src="f.png">\n## When it fails, then\n'
  expect(targetsOf(text)).toEqual([
    { path: 'b.md', heading: 'c' },
    { path: 'f.png', heading: '' },
  ])
  expect(headingsOf(text)).toEqual(['when-it-fails-then'])
})
