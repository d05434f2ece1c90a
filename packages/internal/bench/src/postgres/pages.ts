import { poolOf } from './peers.ts'

const turns = 20

/** The pages that the server looks at for one claim of 32 lanes and its settlement, in the median. */
export async function pagesOf(url: string): Promise<number> {
  const pool = poolOf(url, 1)
  const owner = '00000000-0000-4000-8000-000000000000'
  const pages: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const claim = await explain(`SELECT * FROM obsidian_events.claim('${owner}', 32, 60000, false)`)
    const { rows } = await pool.query(
      `SELECT array_agg(customer_id) AS customers, array_agg(token) AS tokens, array_agg(seq) AS seqs FROM (
        SELECT l.customer_id, l.token, (SELECT min(seq) FROM obsidian_events.event AS e WHERE e.customer_id = l.customer_id) AS seq
        FROM obsidian_events.lane AS l WHERE l.token IS NOT NULL
      ) AS lent`,
    )
    const { customers, tokens, seqs } = rows[0]
    const settle = await explain(
      `SELECT obsidian_events.settle('${owner}', $1, $2, $3, array_fill('delivered'::text, $4), array_fill(0::double precision, $4),
        array_fill(false, $4), array_fill(NULL::text, $4), array_fill(NULL::integer, $4), array_fill(NULL::integer, $4),
        array_fill(NULL::text, $4))`,
      [customers, tokens, seqs, [customers.length]],
    )
    pages.push(claim + settle)
  }
  await pool.end()
  return pages.toSorted((a, b) => a - b)[turns / 2] ?? NaN

  async function explain(statement: string, values: unknown[] = []): Promise<number> {
    const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`, values)
    const plan = rows[0]['QUERY PLAN'][0].Plan
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  }
}
