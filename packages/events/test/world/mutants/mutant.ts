/** A fault that is put into a copy of the sources: a text of one file, and what stands in its place. */
export interface Mutant {
  /** The promise that it breaks. */
  readonly breaks: string
  /** Below `src`. */
  readonly file: string
  /** Found exactly once. */
  readonly find: string
  readonly replace: string
  /** It takes several machines to see it. */
  readonly isOfSeveral?: boolean
}
