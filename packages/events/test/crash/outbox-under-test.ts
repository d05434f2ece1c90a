import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { sqliteThreadOutbox } from '../../src/outbox/sqlite-thread/sqlite-thread.ts'

const outboxes = { sqlite: sqliteOutbox, 'sqlite-thread': sqliteThreadOutbox }
export type OutboxName = keyof typeof outboxes
export const outboxNames: readonly OutboxName[] = ['sqlite', 'sqlite-thread']

/** The outbox that a program of this directory uses: it inherits the name from whoever starts it. */
export const outboxName = (process.env['CRASH_OUTBOX'] ?? 'sqlite') as OutboxName
export const outboxOn: (path: string) => ReturnType<typeof sqliteOutbox> = outboxes[outboxName]
