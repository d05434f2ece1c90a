import { readFileSync, writeFileSync } from 'node:fs'
import { startMock } from '@obsidianlaunch/events-mock'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { run } from '@obsidianlaunch/testkit/run'
import { expect, test } from 'vitest'
import { commandsOf, Workplace } from '../command-line.ts'

const page = textOf('guides/importing')
const provider = 'https://events.obsidianlaunch.co'

/** Each shell block of the guide in which a file is imported, and what the guide shows that it prints, if it does. */
const steps = [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```)?/gms)].flatMap(([block, , printed]) =>
  commandsOf(block.replace(/^```\n\n```text[\s\S]*/m, '```\n'))
    .filter(({ line }) => line.includes('--from'))
    .map(({ line }) => ({ line, printed })),
)

/** The lines of a text, of which the time differs in each run. */
const linesOf = (text: string) =>
  text
    .replaceAll(/^time .*$/gm, 'time')
    .split('\n')
    .filter((line) => line !== '')

test('each command of the guide prints what the guide shows, one after the other', async () => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: mock.url })
  for (const [, name = '', text = ''] of page.matchAll(/^```csv title="(.*?)"\n(.*?)^```/gms)) {
    writeFileSync(at.path(name), text)
  }
  expect(steps).toHaveLength(6)
  const codes: (number | null)[] = []
  for (const { line, printed } of steps) {
    const { code, stdout, stderr } = await at.run(line)
    codes.push(code)
    if (printed === undefined) continue
    const said = new Set(linesOf(stderr))
    const expected = linesOf(printed.replaceAll(provider, mock.url))
    // A busy machine may be told of slow answers, too.
    expect({ line, said: expected.filter((each) => !said.has(each)) }).toEqual({ line, said: linesOf(stdout) })
  }
  expect(codes).toEqual([1, 1, 1, 0, 0, 0])
  const events = mock.good.filter(({ path }) => path === '/events/test')
  const ids = events.map(({ headers }) => headers['idempotency-key'] ?? '').toSorted()
  expect(ids).toEqual(['inv-501', 'inv-502', 'inv-503', 'inv-504', 'u_1001', 'u_1002', 'u_1003'])
  expect(mock.good.at(-1)?.body).toMatchObject({ event: 'signup', property: { source: 'import' } })
})

test('the bad line that the guide shows is the one in the file of --rejects', async () => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: mock.url })
  const [, name = '', text = ''] = /^```csv title="(.*?)"\n(.*?)^```/ms.exec(page) ?? []
  writeFileSync(at.path(name), text)
  await at.run(steps.find(({ line }) => line.includes('--rejects'))?.line ?? '')
  const [, shown] = /^```json\n(.*?)^```/ms.exec(page) ?? []
  expect(readFileSync(at.path('rejects.ndjson'), 'utf8')).toBe(shown)
})

test('the program of the guide rewrites numbers and dates as a German spreadsheet has them, and what it writes is imported', async ({
  skip,
}) => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: mock.url })
  const [, program = ''] = /^python3 - orders\.csv orders-clean\.csv <<'END'\n(.*?)^END$/ms.exec(page) ?? []
  writeFileSync(at.path('orders.csv'), '\uFEFFKunde;Betrag;Datum\r\n"Jörg ""J."" Groß";1.636,07;18.06.2024\r\n')
  const args = ['-', at.path('orders.csv'), at.path('orders-clean.csv')]
  const ended = await run('python3', args, { input: program }).catch(() => undefined)
  skip(ended === undefined, 'the program of the guide needs python3')
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const { code, stderr } = await at.run(
    'obsidian-events track --from orders-clean.csv --map customer_id=Kunde --set event=order ' +
      '--map property.amount:number=Betrag --map property.day=Datum',
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const property = { amount: 1636.07, day: '2024-06-18' }
  expect(mock.good.map(({ body }) => body)).toEqual([{ customer_id: 'Jörg "J." Groß', event: 'order', property }])
})
