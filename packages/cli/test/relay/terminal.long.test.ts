import { stripVTControlCharacters } from 'node:util'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { key } from './running.ts'

test.runIf(hasScript)(
  'in a terminal the lines are short and coloured, and Ctrl-C ends the relay with code 0',
  async () => {
    await using api = await receive()
    using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: api.url })
    const terminal = inTerminal(120, `obsidian-events relay --port 0 --outbox events.db --key web=${key}`, place)
    await terminal.shows('origins')
    const url = /http:\/\/localhost:\d+/.exec(terminal.output())?.[0] ?? ''
    const body = JSON.stringify({ customer_id: 'user123', event: 'button_click' })
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    await fetch(`${url}/events/test`, { method: 'POST', headers, body })
    await terminal.shows('key=web')
    terminal.type('\u0003')
    expect(await terminal.code()).toBe(0)
    expect(terminal.output()).toContain('\u001B[32m200\u001B[39m')
    expect(stripVTControlCharacters(terminal.output())).toMatch(/^\d\d:\d\d:\d\d\.\d{3}  200  POST     \/events\/test/m)
  },
)
