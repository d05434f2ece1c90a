import { h } from './dom.ts'

/** A choice of a few, side by side. */
export interface SegmentedControl {
  readonly element: HTMLElement
  readonly value: string
}

/** Makes a control of radio buttons, which the arrow keys and screen readers know already. */
export function createSegmentedControl(
  label: string,
  values: readonly string[],
  onChange: () => void,
): SegmentedControl {
  const inputs = values.map((value, at) => {
    const input = h('input', { type: 'radio', name: `view-${label}`, value })
    input.checked = at === 0
    input.addEventListener('change', () => {
      onChange()
      input.focus()
    })
    return input
  })
  const labels = inputs.map((input) => h('label', {}, input, h('span', {}, input.value)))
  const element = h(
    'div',
    { class: 'segments', role: 'radiogroup', 'aria-label': `Show the ${label.toLowerCase()} as` },
    labels,
  )
  return {
    element,
    get value() {
      return inputs.find((input) => input.checked)?.value ?? ''
    },
  }
}
