type Child = Node | string

/** Makes an element with a class. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  element.className = className
  element.append(...children)
  return element
}

/** Finds the part of the playground that has this name. @throws where the page has none */
export function part(root: ParentNode, name: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(`[data-part="${name}"]`)
  if (found === null) throw new Error(`The page has no part ${name}`)
  return found
}

const shown = new WeakMap<Element, string>()

/** Puts children into an element, unless it shows the same already: who reads or scrolls there is not disturbed. */
export function show(element: Element, children: readonly Child[]): void {
  const text = children
    .map((child) => (typeof child === 'string' ? child : (child as HTMLElement).outerHTML))
    .join('\n')
  if (shown.get(element) === text) return
  shown.set(element, text)
  element.replaceChildren(...children)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)}\u00a0s`
}

/** The kind of an answer, by which it is coloured. */
export function kindOf(answer: number | 'none'): 'good' | 'later' | 'bad' {
  if (answer === 'none' || answer === 429 || answer >= 500) return 'later'
  return answer < 300 ? 'good' : 'bad'
}
