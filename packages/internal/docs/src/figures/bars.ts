import { axisX, barX, plot, text } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Row } from '../../site/tables.ts'

/** Settings of a chart. */
export interface Bars {
  /** The unit of the figures, which stands at the axis. */
  unit: string
  /** A chart of this type has an axis by powers of ten, for figures that lie far apart. */
  isLogarithmic?: boolean
  /** Rows whose names match are ours, and are drawn in the colour of the site. */
  ours?: RegExp
}

const { document } = parseHTML('<html><body></body></html>')
const shown = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** Draws rows as bars, made when the site is built: SVG whose colours are those of the page that it stands in. */
export function barsOf(rows: readonly Row[], { unit, isLogarithmic = false, ours = /$^/ }: Bars): string {
  const values = rows.map(({ value }) => value)
  const least = 10 ** Math.floor(Math.log10(Math.min(...values.filter((value) => value > 0))))
  const colour = ({ name }: Row) => (ours.test(name) ? 'var(--sl-color-accent)' : 'var(--sl-color-gray-4)')
  const x1 = isLogarithmic ? least : 0
  const svg = plot({
    document,
    width: 720,
    marginLeft: 260,
    marginRight: 70,
    marginBottom: 44,
    style: { color: 'currentColor', background: 'transparent', fontSize: '13px', fontFamily: 'inherit' },
    x: { type: isLogarithmic ? 'log' : 'linear', label: unit, domain: [x1, Math.max(...values)], nice: !isLogarithmic },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      axisX({ ticks: 5, labelOffset: 40, tickFormat: (value: number) => shown.format(value) }),
      barX([...rows], { x1, x2: 'value', y: 'name', fill: colour }),
      text([...rows], {
        x: 'value',
        y: 'name',
        text: ({ value }: Row) => shown.format(value),
        textAnchor: 'start',
        dx: 5,
        fill: 'currentColor',
      }),
    ],
  })
  svg.setAttribute('aria-hidden', 'true')
  return svg.outerHTML
}
