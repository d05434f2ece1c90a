/**
 * How an exchange ends, once. A class and no literal: V8 takes to allocating a literal in its old generation where many of
 * them lived on for a while, and there one of these would keep its whole request until the next full garbage collection.
 */
export class Ends {
  /** There is a response; its body may still be on its way. */
  readonly resolve: (response: Response) => void
  readonly reject: (reason: unknown) => void
  /** The dispatcher does not take the request, or does not speak as expected: nothing was sent. */
  readonly refuse: () => void

  constructor(resolve: (response: Response) => void, reject: (reason: unknown) => void, refuse: () => void) {
    this.resolve = resolve
    this.reject = reject
    this.refuse = refuse
  }
}
