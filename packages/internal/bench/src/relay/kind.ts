/** A server that is up. */
export interface Between {
  readonly port: number
  /** Number of events that it still has to deliver, where it knows. */
  pending(): number
}

/** Servers that may stand between pages and the API. */
export interface Kind {
  readonly title: string
  /** @param file for what it stores */
  serve(port: number, url: string, file: string): Promise<Between>
}
