import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { publish } from '@obsidianlaunch/release'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { findBase, packBase } from '../src/base.ts'
import { Workshop } from '../src/installer.ts'
import { mustPrint, withApi } from '../src/trial.ts'

// It builds the packages twice, so it is not for every `npm test`.
const isAsked = process.env['STRANGERS'] !== undefined
const told = { delivered: 2, refused: true, status: 200, single: 200 }
const calls = ['identifyCustomer', 'trackEvent', 'identifyCustomer', 'trackEvent', 'trackEvent'] as const

let workshop: Workshop
beforeAll(async () => void (workshop = await Workshop.open(inject('registry'))))
afterAll(() => rm(workshop.home, { recursive: true, force: true }))

test.runIf(isAsked)('a program of the last version compiles and does the same with this one', async ({ skip }) => {
  const base = await findBase()
  if (typeof base === 'string') {
    skip(`Nothing to upgrade from: ${base}`)
    return
  }
  const version = `0.0.${Date.now()}`
  await mkdir(join(workshop.home, 'base-packed'), { recursive: true })
  for (const one of await packBase(base.commit, workshop.home, version)) await publish(one, inject('npmrc'), 'base')

  const project = await workshop.project('upgrade')
  await using mock = await startMock()
  const ours = ['@obsidianlaunch/events', '@obsidianlaunch/events-client']
  for (const wanted of [version, inject('version')]) {
    await project.succeed(['npm', 'install', '--no-audit', '--no-fund', ...ours.map((name) => `${name}@${wanted}`)])
    expect(await project.succeed(['npm', 'ls', ...ours])).toContain(`${ours[0]}@${wanted}`)
    await project.succeed(['npx', 'tsc', '-p', '.'])
    await withApi({ workshop, mock }, calls, async (env) =>
      mustPrint(await project.start('dist/main.js', { env }), told),
    )
  }
})
