/** One way in which a request is not what the API document asks for. */
export interface Violation {
  /** Which part of the request: `path`, `method`, `header`, `query` or `body`. */
  readonly location: string
  /** The header or the field, with dots between levels: `authorization`, `properties.plan`. Empty for the whole part. */
  readonly path: string
  /** What is wrong, in words. */
  readonly message: string
}

/** One request that the mock answered, with everything it has to say about it. */
export interface Exchange {
  /** The operation id of the API document, such as `identifyCustomer` or `trackEvent`; undefined where none matched. */
  readonly operation: string | undefined
  readonly method: string
  /** Path and query, as they were sent. */
  readonly path: string
  /** With lower-case names. Credentials are not kept: `Bearer …`. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it was sent; empty where it was too large to be read. */
  readonly text: string
  /** The parsed JSON; undefined where the body is not JSON. */
  readonly body: unknown
  /** Empty when the request is what the document asks for. */
  readonly violations: readonly Violation[]
  /** The status that was answered. */
  readonly status: number
  /** When the request arrived, in ISO form. */
  readonly at: string
}
