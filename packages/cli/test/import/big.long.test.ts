import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'

/** BIG_MB=5120 makes it 5 GB, which is beyond the numbers of 32 bits. */
const megabytes = Number(process.env['BIG_MB'] ?? 300)
const lineBytes = 16 * 1024
const lines = (megabytes * 1024 * 1024) / lineBytes
const mostMemoryMB = 300

/** Lines as other tools write them: much of each is about the machine that it came from. */
function* longLines(): Generator<string> {
  for (let number = 0; number < lines; number++) {
    const line = JSON.stringify({
      userId: `c${number % 97}`,
      event: String(number),
      messageId: `m${number}`,
      context: '',
    })
    yield `${line.slice(0, -2)}${'x'.repeat(lineBytes - line.length - 1)}"}\n`
  }
}

/** The most memory that a process has had, in MB. */
function memoryOf(pid: number | undefined): number {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

test.runIf(platform() === 'linux')(
  `${megabytes} MB are stopped near their end, go on from there, arrive whole, and need no memory`,
  async () => {
    await using api = await receive()
    using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
    await pipeline(Readable.from(longLines(), { objectMode: true }), createWriteStream(at.path('big.json')))
    const importing =
      'obsidian-events track --from big.json --map customer_id=userId --id-field messageId --resume --json'
    const first = at.start(importing)
    let memory = Infinity
    api.answer = (_request, count) => {
      if (count !== lines - 8_000) return 200
      memory = memoryOf(first.pid)
      first.kill('SIGTERM')
      return 200
    }
    await once(first, 'close')
    expect(first.exitCode).toBe(143)
    expect(api.arrivals.length).toBeLessThan(lines)
    expect(memory).toBeLessThan(mostMemoryMB)

    const started = performance.now()
    expect(await at.records(importing)).toMatchObject([{ type: 'totals', complete: true, lines, delivered: lines }])
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(`${megabytes} MB: ${memory.toFixed(0)} MB of memory; what was left in ${seconds} s\n`)
    expect(new Set(api.arrivals.map(({ id }) => id)).size).toBe(lines)
    expect(new Set(api.arrivals.map(({ body }) => body.event)).size).toBe(lines)
  },
  600_000,
)
