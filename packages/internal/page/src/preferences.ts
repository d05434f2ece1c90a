/** Finds what a person chose at an earlier visit. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`inspector-${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a choice for the next visit; if the browser keeps nothing, it holds until the page is left. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`inspector-${name}`, value)
  } catch {
    // Nothing to mend.
  }
}

/** A text that this tab keeps until it is closed, beyond a reload; if the browser keeps nothing, it is empty. */
export function forSession(name: string): { get: () => string; set: (value: string) => void } {
  return {
    get: () => {
      try {
        return sessionStorage.getItem(`inspector-${name}`) ?? ''
      } catch {
        return ''
      }
    },
    set: (value) => {
      try {
        sessionStorage.setItem(`inspector-${name}`, value)
      } catch {
        // Nothing to mend.
      }
    },
  }
}
