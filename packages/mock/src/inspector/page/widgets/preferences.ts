/** What a person chose and finds again at the next visit. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`inspector-${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Where the browser keeps nothing, the choice holds until the page is left. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`inspector-${name}`, value)
  } catch {
    // Nothing to mend.
  }
}
