/** The faults that stand in the way of a release: a line each, with what mends it. */
export class ReleaseError extends Error {
  override name = 'ReleaseError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
