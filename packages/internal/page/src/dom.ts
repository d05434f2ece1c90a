import { inOneLine } from './text.ts'

type Child = Node | string | undefined | false | readonly Child[]
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element. Text becomes text nodes only, so that nothing in it can turn into markup. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAll(element, attributes)
  add(element, children)
  return element
}

/** Sets attributes. True stands for an attribute without a value; false and undefined take it away. */
export function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

function add(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue
    if (typeof child === 'string' || child instanceof Node) element.append(child)
    else add(element, child)
  }
}

/** Puts these children in the place of all others. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren()
  add(element, children)
}

export function button(label: Child, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label)
  element.addEventListener('click', onClick)
  return element
}

/** An element of the page's own HTML. */
export function byId<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const element = document.getElementById(id)
  if (element instanceof type) return element
  throw new Error(`The page has no ${type.name} called ${id}`)
}

/** One line of text from requests: its writing direction does not reach beyond it, and what cannot be seen is spelled out. */
export function foreign(text: string, attributes: Attributes = {}): HTMLElement {
  return h('bdi', attributes, inOneLine(text))
}
