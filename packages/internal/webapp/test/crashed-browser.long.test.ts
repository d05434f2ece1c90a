import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { windowedChromium as program } from '@obsidianlaunch/testkit/run-times'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { inBrowser, keepClicking, User } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'a browser that is killed while a user clicks sends at its next start whatever was told as stored',
  inBrowser(async ({ stack }) => {
    stack.page.isDurable = true
    const profile = await mkdtemp(join(tmpdir(), 'webapp-profile-'))
    try {
      for (let round = 0; round < 3; round++) {
        await using browser = await OwnBrowser.start(profile)
        const user = await browser.user(stack.journal)
        const page = await user.open(stack.site.url)
        const before = stack.journal.promised.length
        await keepClicking(page)
        await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(before + 20)
        // Where the relay is gone, all that is told from now on is in the browser alone.
        await stack.relay.kill()
        const { length } = stack.journal.promised
        await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(length + 20)
        await browser.kill()
        await stack.relay.start()
      }
      await using browser = await OwnBrowser.start(profile)
      const user = await browser.user(stack.journal)
      await user.open(stack.site.url)
      await judge(stack)
    } finally {
      await rm(profile, { recursive: true, maxRetries: 5 })
    }
  }),
)

/** A browser with a profile on the disk, in a process that can be killed. */
class OwnBrowser implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #address: string

  private constructor(child: ChildProcess, address: string) {
    this.#process = child
    this.#address = address
  }

  static async start(profile: string): Promise<OwnBrowser> {
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const flags = ['--headless=new', '--remote-debugging-port=0', '--no-first-run', `--user-data-dir=${profile}`]
    const child = spawn(program ?? '', [...flags, ...sandbox], { stdio: ['ignore', 'ignore', 'pipe'] })
    for await (const line of createInterface(child.stderr)) {
      const [, address] = /DevTools listening on (\S+)/.exec(line) ?? []
      if (address === undefined) continue
      child.stderr.resume()
      return new OwnBrowser(child, address)
    }
    throw new Error('The browser ended before it could be used.')
  }

  async user(journal: User['journal']): Promise<User> {
    const [context] = (await chromium.connectOverCDP(this.#address)).contexts()
    if (context === undefined) throw new Error('The browser has no profile.')
    return new User(context, journal)
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
