import { indexedDbOutbox } from '../../../../src/outbox/indexeddb/indexeddb.ts'

/** A document of its own, as a tab has one: what it holds is gone when it is taken away. */
Object.assign(globalThis, { openOutbox: indexedDbOutbox })
