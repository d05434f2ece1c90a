import type { Sample } from '../../wire.ts'

const space = 'http://www.w3.org/2000/svg'
/** Units of the drawing, which is stretched to its place. */
const width = 300
const height = 60
const names = ['accepted', 'delivered'] as const

/** Draws the rates of the last minutes, the newest at the right edge. @returns draws anew */
export function createChart(place: HTMLElement): (samples: readonly Sample[]) => void {
  const drawing = make('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' })
  const lines = names.map((name) => make('path', { class: name, 'vector-effect': 'non-scaling-stroke' }))
  const top = document.createElement('span')
  top.className = 'top'
  const area = make('path', { class: 'area' })
  drawing.append(area, ...lines)
  place.append(drawing, top)
  return (samples) => {
    const most = mostOf(samples)
    top.textContent = String(most)
    for (const [at, name] of names.entries()) lines[at]?.setAttribute('d', pathOf(samples, name, most))
    area.setAttribute('d', areaOf(samples, most))
  }
}

/** The top of the scale: a round number that none is above. */
function mostOf(samples: readonly Sample[]): number {
  const most = samples.reduce((least, { accepted, delivered }) => Math.max(least, accepted, delivered), 4)
  const step = 10 ** Math.floor(Math.log10(most))
  return Math.ceil(most / step) * step
}

function pathOf(samples: readonly Sample[], name: (typeof names)[number], most: number): string {
  const points = samples.map((sample, at) => {
    const x = width - (samples.length - 1 - at)
    const y = height - 1 - (sample[name] / most) * (height - 2)
    return `${x} ${y.toFixed(1)}`
  })
  return points.length === 0 ? '' : `M${points.join('L')}`
}

/** The area below the line of what was accepted. */
function areaOf(samples: readonly Sample[], most: number): string {
  const line = pathOf(samples, 'accepted', most)
  return line === '' ? '' : `${line}L${width} ${height}L${width - samples.length + 1} ${height}Z`
}

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(space, name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  return element
}
