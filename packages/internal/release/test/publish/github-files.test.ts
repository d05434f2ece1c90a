import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

interface Form {
  name?: string
  description?: string
  body: { type: string; id?: string; attributes: { label?: string; value?: string; options?: string[] } }[]
}

const folder = join(root, '.github', 'ISSUE_TEMPLATE')
const files = (await readdir(folder)).filter((file) => file !== 'config.yml')
const read = async (file: string) => parse(await readFile(join(folder, file), 'utf8')) as Form

test('there is a form for what does not work, and one for what is missing', () => {
  expect(files.toSorted()).toEqual(['fault.yml', 'wish.yml'])
})

test.each(files)(
  '%s is a form that GitHub can show: named, described, each question with an id of its own',
  async (file) => {
    const { name, description, body } = await read(file)
    expect(name).toMatch(/\S/)
    expect(description).toMatch(/\S/)
    const questions = body.filter(({ type }) => type !== 'markdown')
    expect(questions.length).toBeGreaterThan(0)
    const types = new Set(['markdown', 'dropdown', 'input', 'textarea', 'checkboxes'])
    expect(body.filter(({ type }) => !types.has(type))).toEqual([])
    const ids = questions.map(({ id }) => id)
    expect(ids.filter((id) => !/^[\w-]+$/.test(id ?? ''))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
    const labels = questions.map(({ attributes }) => attributes.label)
    expect(labels).not.toContain(undefined)
    expect(new Set(labels).size).toBe(labels.length)
  },
)

test('who reports a fault can say in which of the published packages', async () => {
  const { body } = await read('fault.yml')
  const named = body.find(({ id }) => id === 'package')?.attributes.options
  expect(named?.toSorted()).toEqual(
    publishedPackages()
      .map(({ manifest }) => manifest.name)
      .toSorted(),
  )
})

test('who found a vulnerability is sent to where it can be told in private', async () => {
  const config = parse(await readFile(join(folder, 'config.yml'), 'utf8')) as { contact_links: { url: string }[] }
  const { repository } = JSON.parse(await readFile(join(root, 'packages', 'events', 'package.json'), 'utf8')) as {
    repository: { url: string }
  }
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '')
  expect(config.contact_links.map(({ url }) => url)).toContain(`${address}/security/advisories/new`)
})

test('each folder that the promises of SECURITY.md name is there', async () => {
  const text = await readFile(join(root, '.github', 'SECURITY.md'), 'utf8')
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(0)
  const missing = links.filter((link) => !existsSync(join(root, '.github', link)))
  expect(missing).toEqual([])
})
