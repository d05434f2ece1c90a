/**
 * The client that `prisma generate` writes for the model below, without most of its declarations and with the interpreter of
 * queries in JavaScript. To generate it here, its command would have to fetch a program from a server of its own.
 *
 *     model Invoice {
 *       id         Int    @id @default(autoincrement())
 *       customerId String @map("customer_id")
 *       @@map("invoice")
 *     }
 */
import * as runtime from '@prisma/client/runtime/client'

interface Transaction {
  readonly invoice: { create(given: { data: { customerId: string } }): Promise<unknown> }
  $executeRaw(strings: TemplateStringsArray, ...values: unknown[]): Promise<number>
}

interface Client extends Transaction {
  $transaction<T>(use: (transaction: Transaction) => Promise<T>): Promise<T>
  $disconnect(): Promise<void>
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (program: Uint8Array) => object } }

const config = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: 'd1b3f377ca835d73fd50954a5e22128b9ebdd6b8',
  activeProvider: 'postgresql',
  inlineSchema:
    'generator client {\n  provider = "prisma-client"\n  output   = "./gen"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n\nmodel Invoice {\n  id         Int    @id @default(autoincrement())\n  customerId String @map("customer_id")\n\n  @@map("invoice")\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: '' },
} as runtime.GetPrismaClientConfig

config.runtimeDataModel = JSON.parse(
  '{"models":{"Invoice":{"fields":[{"name":"id","kind":"scalar","type":"Int"},{"name":"customerId","kind":"scalar","type":"String","dbName":"customer_id"}],"dbName":"invoice","schema":null}},"enums":{},"types":{}}',
)
config.parameterizationSchema = {
  strings: JSON.parse(
    '["where","Invoice.findUnique","Invoice.findUniqueOrThrow","orderBy","cursor","Invoice.findFirst","Invoice.findFirstOrThrow","Invoice.findMany","data","Invoice.createOne","Invoice.createMany","Invoice.createManyAndReturn","Invoice.updateOne","Invoice.updateMany","Invoice.updateManyAndReturn","create","update","Invoice.upsertOne","Invoice.deleteOne","Invoice.deleteMany","having","_count","_avg","_sum","_min","_max","Invoice.groupBy","Invoice.aggregate","AND","OR","NOT","id","customerId","equals","in","notIn","lt","lte","gt","gte","contains","startsWith","endsWith","not","set","increment","decrement","multiply","divide"]',
  ),
  graph:
    'KwsQBRwAACIAMB0AAAQAEB4AACIAMB8CAAAAASABACQAIQEAAAABACABAAAAAQAgBRwAACIAMB0AAAQAEB4AACIAMB8CACMAISABACQAIQADAAAABAAgAwAABQAwBAAAAQAgAwAAAAQAIAMAAAUAMAQAAAEAIAMAAAAEACADAAAFADAEAAABACACHwIAAAABIAEAAAABAQgAAAkAIAIfAgAAAAEgAQAAAAEBCAAACwAwAQgAAAsAMAIfAgArACEgAQAqACECAAAAAQAgCAAADgAgAh8CACsAISABACoAIQIAAAAEACAIAAAQACACAAAABAAgCAAAEAAgAwAAAAEAIA8AAAkAIBAAAA4AIAEAAAABACABAAAABAAgBRUAACUAIBYAACYAIBcAACkAIBgAACgAIBkAACcAIAUcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAQAcACEDAAAABAAgAwAAFgAwFAAAFwAgAwAAAAQAIAMAAAUAMAQAAAEAIAUcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAQAcACENFQAAHgAgFgAAIQAgFwAAHgAgGAAAHgAgGQAAHgAgIQIAAAABIgIAAAAEIwIAAAAEJAIAAAABJQIAAAABJgIAAAABJwIAAAABKwIAIAAhDhUAAB4AIBgAAB8AIBkAAB8AICEBAAAAASIBAAAABCMBAAAABCQBAAAAASUBAAAAASYBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAB0AIQ4VAAAeACAYAAAfACAZAAAfACAhAQAAAAEiAQAAAAQjAQAAAAQkAQAAAAElAQAAAAEmAQAAAAEnAQAAAAEoAQAAAAEpAQAAAAEqAQAAAAErAQAdACEIIQIAAAABIgIAAAAEIwIAAAAEJAIAAAABJQIAAAABJgIAAAABJwIAAAABKwIAHgAhCyEBAAAAASIBAAAABCMBAAAABCQBAAAAASUBAAAAASYBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAB8AIQ0VAAAeACAWAAAhACAXAAAeACAYAAAeACAZAAAeACAhAgAAAAEiAgAAAAQjAgAAAAQkAgAAAAElAgAAAAEmAgAAAAEnAgAAAAErAgAgACEIIQgAAAABIggAAAAEIwgAAAAEJAgAAAABJQgAAAABJggAAAABJwgAAAABKwgAIQAhBRwAACIAMB0AAAQAEB4AACIAMB8CACMAISABACQAIQghAgAAAAEiAgAAAAQjAgAAAAQkAgAAAAElAgAAAAEmAgAAAAEnAgAAAAErAgAeACELIQEAAAABIgEAAAAEIwEAAAAEJAEAAAABJQEAAAABJgEAAAABJwEAAAABKAEAAAABKQEAAAABKgEAAAABKwEAHwAhAAAAAAABLAEAAAABBSwCAAAAAS0CAAAAAS4CAAAAAS8CAAAAATACAAAAAQAAAAAFFQAGFgAHFwAIGAAJGQAKAAAAAAAFFQAGFgAHFwAIGAAJGQAKAQIBAgMBBQYBBgcBBwgBCQoBCgwCCw0DDA8BDRECDhIEERMBEhQBExUCGhgFGxkL',
}
config.compilerWasm = {
  getRuntime: () => part('mjs') as unknown as ReturnType<NonNullable<typeof config.compilerWasm>['getRuntime']>,
  getQueryCompilerWasmModule: async () =>
    new WebAssembly.Module(Buffer.from((await part('wasm-base64.mjs')).wasm, 'base64')),
  importName: './query_compiler_fast_bg.js',
}

/** A part of the interpreter, which has no declarations. */
function part(kind: string): Promise<{ wasm: string }> {
  return import(`@prisma/client/runtime/query_compiler_fast_bg.postgresql.${kind}`) as Promise<{ wasm: string }>
}

export const PrismaClient = runtime.getPrismaClient(config) as unknown as new (options: { adapter: unknown }) => Client
