import type { operations } from './openapi.gen.ts'

type JsonOf<Body> = Body extends { content: { 'application/json': infer Json } } ? Json : never
type BodyOf<Id extends keyof operations> = JsonOf<NonNullable<operations[Id]['requestBody']>>

/** The JSON body of each operation of the API that takes one, by operation id. */
export type Bodies = { [Id in keyof operations as BodyOf<Id> extends never ? never : Id]: BodyOf<Id> }
