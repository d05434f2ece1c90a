/** The API as its document states it, generated; and the one rule that the OpenAPI document cannot state: what can be a token. */
export { tokenProblem } from './token.ts'
export type { Token } from './token.ts'
export { defaultBaseUrl, operationPaths } from './generated/operations.gen.ts'
export * from './generated/bodies.gen.ts'
export type { Violation } from './generated/validate.ts'
export type { components, operations, paths } from './generated/openapi.gen.ts'
