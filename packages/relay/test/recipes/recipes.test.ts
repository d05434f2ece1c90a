import { describeRecipe } from './processes.ts'

// A process each, on the Node that develops.
for (const heading of ['Node', 'Hono', 'Express', 'Fastify']) describeRecipe(heading, [process.execPath, 'server.ts'])
