import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { pageOf } from '@obsidianlaunch/testkit/pages'

const here = resolve(import.meta.dirname, '../..')
/** Recipes that are a server of Node, and the page of each. */
export const servers = {
  Express: 'recipes/express',
  Fastify: 'recipes/fastify',
  Hono: 'recipes/hono',
  Nest: 'recipes/nest',
}
export const recipes = Object.keys(servers) as (keyof typeof servers)[]
/** Next.js runs its recipe in the project of that name in packages/internal/strangers. */
export type RecipeName = keyof typeof servers | 'Next.js'

/** The files of a recipe as its page has them. */
export function filesOf(name: RecipeName): Record<string, string> {
  if (name === 'Next.js') return filesUnder(pageOf('recipes/nextjs'), 'A customer for each request')
  const page = pageOf(servers[name])
  return { ...filesUnder(page, 'The tracker'), ...filesUnder(page, 'The customer') }
}

/** Writes a recipe's files beside the application of ours, in a folder where they find what they import. */
export async function write(recipe: RecipeName): Promise<string> {
  await mkdir(resolve(here, '.scratch'), { recursive: true })
  const folder = await mkdtemp(resolve(here, '.scratch', 'recipe-'))
  await cp(resolve(import.meta.dirname, 'application'), folder, { recursive: true })
  for (const [name, code] of Object.entries(filesOf(recipe))) {
    await mkdir(dirname(resolve(folder, name)), { recursive: true })
    await writeFile(resolve(folder, name), code)
  }
  return folder
}

/** Makes JavaScript of what is in a folder, for a Node that reads nothing else. */
async function strip(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const code = stripTypeScriptTypes(await readFile(resolve(folder, name), 'utf8'))
    await writeFile(resolve(folder, `${basename(name, '.ts')}.js`), code.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}

/** A recipe that serves requests in a process of its own. */
export class Recipe implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  #said = ''

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url
    this.#folder = folder
    this.#process = child
    this.#ended = once(child, 'exit')
    child.stderr?.on('data', (text: Buffer) => (this.#said += text.toString()))
  }

  /** @param isOld whether that Node reads no TypeScript */
  static async start(name: RecipeName, program: string, isOld: boolean, api: string): Promise<Recipe> {
    const folder = await write(name)
    const port = await reservedPort()
    const main = Object.keys(filesOf(name)).at(-1) ?? ''
    const code = await readFile(resolve(folder, main), 'utf8')
    await writeFile(resolve(folder, main), code.replace('3000', `${port}`))
    if (isOld) await strip(folder)
    const env = { ...process.env, EVENT_TRACKING_BASE_URL: api, EVENT_TRACKING_AUTH_TOKEN: 'token-of-the-recipe' }
    const file = isOld ? main.replace(/ts$/, 'js') : main
    const child = spawn(program, [file], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    const recipe = new Recipe(`http://localhost:${port}`, folder, child)
    await recipe.#ready()
    return recipe
  }

  async #ready(): Promise<void> {
    while (this.#process.exitCode === null) {
      const answered = await fetch(this.url).then(
        () => true,
        () => false,
      )
      if (answered) return
      await new Promise((again) => setTimeout(again, 20))
    }
    await this[Symbol.asyncDispose]()
    throw new Error(`It ended at once: ${this.#said}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.#ended
    await rm(this.#folder, { recursive: true })
  }
}
