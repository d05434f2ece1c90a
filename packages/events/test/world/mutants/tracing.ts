import type { Mutant } from './mutant.ts'

/** Of what listeners are told of events and attempts. */
export const mutants: readonly Mutant[] = [
  {
    breaks: 'What goes back to its outbox is not told to have ended here.',
    file: 'delivery/delivery-line.ts',
    find: "    SERVER: if (!event.isAwaited) traceEnd(event, { outcome: 'pending' })\n",
    replace: '',
  },
  {
    breaks: 'An event is told to have ended twice.',
    file: 'tracing/trace.ts',
    find: '  ofEvents.delete(event)\n',
    replace: '',
  },
  {
    breaks: 'A call that is refused is not told.',
    file: 'delivery/pipeline.ts',
    find: '    SERVER: traceUnsent({ operation, customerId }',
    replace: '    SERVER: if (error.name === "") traceUnsent({ operation, customerId }',
  },
  {
    breaks: 'An end is not told where its beginning was not.',
    file: 'tracing/trace.ts',
    find: "const isNews = outcome !== 'pending' && isHeard(channels.event)",
    replace: 'const isNews = outcome === undefined',
  },
  {
    breaks: 'The end of an attempt that was cut is not told.',
    file: 'delivery/delivery-line.ts',
    find: '    SERVER: traceResult(event,',
    replace: "    SERVER: if (decision.kind !== 'release') traceResult(event,",
  },
  {
    breaks: 'What is being recorded as the tracker closes is not told to have ended here.',
    file: 'delivery/delivery-loop.ts',
    find: "if (!event.isAwaited) traceEnd(event, { outcome: 'pending' })",
    replace: "if (event.hasEnded) traceEnd(event, { outcome: 'pending' })",
  },
]
