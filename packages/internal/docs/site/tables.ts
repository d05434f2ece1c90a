/** A row of a table with one of its figures, and the least and the most of several rounds where the table has them. */
export interface Row {
  name: string
  value: number
  least?: number
  most?: number
}

/** The text between the two markers of a name. */
export function textOf(page: string, name: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`The page has no ${begin} … ${end}`)
  return page.slice(from + begin.length, to).trim()
}

/**
 * The rows of the table between two markers, with the figures of one column; rows that have none are left out.
 * @param column counted from the first one, which has the names
 */
export function rowsOf(page: string, name: string, column: number): Row[] {
  const lines = textOf(page, name)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
  const rows = lines.flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const figure = /^([\d.,]+)(?: \(([\d.,]+)–([\d.,]+)\))?$/.exec(cells[column + 1] ?? '')
    return figure === null ? [] : [rowOf(cells[1] ?? '', figure)]
  })
  if (rows.length === 0) throw new Error(`The table ${name} has no figures in column ${column}`)
  return rows
}

function rowOf(name: string, [, value = '', least, most]: RegExpExecArray): Row {
  const row = { name: name.replaceAll('`', ''), value: numberOf(value) }
  return least === undefined || most === undefined ? row : { ...row, least: numberOf(least), most: numberOf(most) }
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''))
}
