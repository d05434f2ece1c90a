import { PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { type Figures, inTurns, measure, spreadOf } from '../measure.ts'
import { startOrderSink } from '../postgres/order-sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

type Of = (what: string, ...args: (string | number)[]) => Promise<Figures>

const stored = [1, 16, 256].map((callers) => ({
  title: `stored, ${callers} caller${callers === 1 ? '' : 's'}`,
  once: (of: Of) => of('append', callers),
}))
const taken = [1_000, 1_000_000].map((pending) => ({
  title: `32 customers claimed and settled, ${pending.toLocaleString('en')} pending`,
  once: (of: Of) => of('take', pending),
}))
const idle = { title: 'a tracker with nothing to do', once: (of: Of, sink: string) => of('idle', sink) }
const both = { title: 'two processes that store and deliver at once', once: inTwo }
const cases: { title: string; once: (of: Of, sink: string) => Promise<Figures> }[] = [...stored, both, ...taken, idle]

/** Two at once, over one database and against one API. */
async function inTwo(of: Of): Promise<Figures> {
  const sink = await startOrderSink()
  try {
    const each = await Promise.all(['a', 'b'].map((name) => of('both', sink.url, name, 64)))
    const sum = (name: string) => each.reduce((total, figures) => total + (figures[name] ?? NaN), 0)
    return { perSecond: sum('inPerSecond'), outPerSecond: sum('outPerSecond'), ...(await sink.counts()) }
  } finally {
    sink.close()
  }
}

export const postgres: Benchmark = {
  name: 'postgres',
  async run(rounds) {
    await using server = await PostgresServer.start()
    const sink = await startOrderSink()
    const figures = await inTurns(cases, rounds, async ({ once }) => {
      const url = await server.database()
      const name = new URL(url).pathname.slice(1)
      const result = await once((what, ...args) => measure('postgres', [what, url, ...args]), sink.url)
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`)
      return result
    })
    sink.close()
    return {
      title: 'An outbox in PostgreSQL',
      note: noteOf(figures.get(both) ?? []),
      head: ['', 'events/s in', 'events/s out', 'ms', 'pages', 'statements/s'],
      rows: cases.map((key) => {
        const cell = (name: string, digits: number, of: unknown) =>
          of === key || (Array.isArray(of) && of.includes(key))
            ? withSpread(spreadOf(figures.get(key), name), digits)
            : ''
        return [
          key.title,
          cell('perSecond', 0, [...stored, both]),
          cell('outPerSecond', 0, both),
          cell('ms', 2, taken),
          cell('pages', 0, taken),
          cell('perSecond', 2, idle),
        ]
      }),
    }
  },
}

function noteOf(runs: Figures[]): string {
  const sum = (name: string) => runs.reduce((total, figures) => total + (figures[name] ?? NaN), 0).toLocaleString('en')
  return [
    'A server with its default settings on the same machine. Each caller waits until its event is stored before it brings the next.',
    `Of the ${sum('arrived')} events that two processes with 64 callers each delivered, ${sum('outOfOrder')} came out of the order of their customer and ${sum('again')} a second time.`,
    'Pages are those that the server looks at for one claim of 32 customers and its settlement.',
  ].join(' ')
}
