import { chromium as installed, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { chromium as launcher } from 'playwright-core'
import { type Result, traits } from '../../src/case.ts'
import { bundle } from './bundle.ts'
import type { Missing, RunTime } from './run-time.ts'
import { serve } from './scripted-server.ts'

/** A real browser: the page comes from the same origin as an API that takes the calls without a token, like a relay. */
export function chromium(): RunTime | Missing {
  const name = 'Chromium'
  const program = installed
  if (program === undefined) return { name, how: howToInstallChromium }
  return { name, traits: traits.page, run: () => run(program) }
}

async function run(executablePath: string): Promise<Result[]> {
  const script = await bundle('main-page.js', ['browser'])
  await using server = await serve({
    '/': { type: 'text/html', text: '<!doctype html><script type="module" src="/suite.js"></script>' },
    '/suite.js': { type: 'text/javascript', text: script },
  })
  // Chromium's sandbox refuses to run as root, as a container does.
  const browser = await launcher.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
  try {
    const page = await browser.newPage()
    await page.goto(server.url)
    return await page.evaluate<Result[]>('results')
  } finally {
    await browser.close()
  }
}
