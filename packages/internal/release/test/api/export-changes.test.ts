import { expect, test } from 'vitest'
import { exportChanges } from '../../src/api/export-changes.ts'

const options = `interface Options {
    // (undocumented)
    readonly mode: 'fast' | 'slow';
    retries?: number;
    queue?: {
        maxEvents?: number;
    };
}`
const track = 'function track(id: string, options?: Options): void;'
const tracker = 'class Tracker {\n    flush(): void;\n    forget(id: string): Promise<void>;\n}'
const others = [
  'const places: {\n    v1: string;\n};',
  'interface paths {\n    "/v1": Post;\n}',
  'type Many<T> = Set<T> | T[];',
]
const all = [options, track, tracker, ...others]

/** The report with one text in place of another. */
function edited(from: string, to: string): string {
  const before = report(...all)
  expect(before).toContain(from)
  return before.replace(from, to)
}

function told(after: string): string[] {
  return exportChanges('d', report(...all), after).map(({ impact, words }) => `${impact} ${words}`)
}

test.each([
  ['nothing', () => report(...all)],
  ['the order of the declarations', () => report(...all.toReversed())],
  [
    'the order of the members',
    () => edited('    flush(): void;\n', '').replace('Promise<void>;\n', 'Promise<void>;\n    flush(): void;\n'),
  ],
  ['the order of a union', () => edited("'fast' | 'slow'", `"slow" | ('fast')`)],
  ['the layout', () => edited('(id: string, options?: Options)', '(\n    id: string,\n    options?: Options,\n)')],
  ['a comment', () => edited('    // (undocumented)\n', '    // Something else.\n')],
  ['the name of a parameter', () => edited('forget(id: string)', 'forget(customerId: string)')],
  ['the name of a type parameter', () => edited('Many<T> = Set<T> | T[]', 'Many<Each> = Set<Each> | Each[]')],
])('whoever changes no more than %s has changed nothing', (_, after) => {
  expect(told(after())).toEqual([])
})

test.each([
  ['a new export', () => report(...all, 'type More = 1;'), ['minor d exports More']],
  [
    'a new optional member',
    () => edited('retries?: number;', 'retries?: number;\n    wait?: number;'),
    ['minor d: Options has wait?: number'],
  ],
  [
    'a new optional member of a member',
    () => edited('maxEvents?: number;', 'maxEvents?: number;\n maxBytes?: number;'),
    ['minor d: Options.queue has maxBytes?: number'],
  ],
  [
    'a new optional parameter',
    () => edited('options?: Options)', 'options?: Options, more?: number)'),
    ['minor d: track takes more?: number'],
  ],
  [
    'a parameter that need not be given any more',
    () => edited('forget(id: string)', 'forget(id?: string)'),
    ['minor d: Tracker.forget(id) was id: string, now id?: string'],
  ],
  [
    'a new overload',
    () => report(...all, 'function track(id: number): void;'),
    ['minor d: track has export function track(id: number): void'],
  ],
  [
    'a member that may be written now',
    () => edited('readonly mode', 'mode'),
    [`minor d: Options.mode was readonly mode: 'fast' | 'slow', now mode: 'fast' | 'slow'`],
  ],
  [
    'a new method of a class',
    () => edited('flush(): void;', 'flush(): void;\n    stop(): void;'),
    ['minor d: Tracker has stop(): void'],
  ],
  [
    'a new member of a constant',
    () => edited('v1: string;', 'v1: string;\n    v2: string;'),
    ['minor d: places has v2: string'],
  ],
  ['a new path', () => edited('"/v1": Post;', '"/v1": Post;\n    "/v2": Post;'), ['minor d: paths has "/v2": Post']],
])('%s can be ignored', (_, after, words) => {
  expect(told(after())).toEqual(words)
})

test.each([
  ['a removed export', () => report(...all.slice(1)), ['major d no longer exports Options']],
  [
    'a removed member',
    () => edited('    retries?: number;\n', ''),
    ['major d: Options no longer has retries?: number'],
  ],
  [
    'a new member that must be given',
    () => edited('retries?: number;', 'retries?: number;\n    token: string;'),
    ['major d: Options demands token: string'],
  ],
  [
    'a member that must be given now',
    () => edited('retries?: number;', 'retries: number;'),
    ['major d: Options.retries was retries?: number, now retries: number'],
  ],
  [
    'a member that may be missing now',
    () => edited('readonly mode:', 'readonly mode?:'),
    [expect.stringMatching(/^major d: Options\.mode was/)],
  ],
  [
    'a member that may not be written any more',
    () => edited('retries?', 'readonly retries?'),
    [expect.stringMatching(/^major d: Options\.retries was/)],
  ],
  [
    'another type of a parameter',
    () => edited('track(id: string', 'track(id: number'),
    ['major d: track(id) was string, now number'],
  ],
  [
    'another result',
    () => edited('flush(): void', 'flush(): Promise<void>'),
    ['major d: Tracker.flush() was void, now Promise<void>'],
  ],
  [
    'a parameter more to give',
    () => edited('forget(id: string)', 'forget(id: string, why: string)'),
    ['major d: Tracker.forget demands why: string'],
  ],
  ['a parameter less', () => edited(', options?: Options)', ')'), ['major d: track no longer takes options?: Options']],
  [
    'a narrower type',
    () => edited("'fast' | 'slow'", "'fast'"),
    [`major d: Options.mode was 'fast' | 'slow', now 'fast'`],
  ],
  [
    'parameters in another order',
    () => edited('(id: string, options?: Options)', '(options: Options, id: string)'),
    [expect.stringMatching(/^major d: track\(options\) was/), expect.stringMatching(/^major d: track\(id\) was/)],
  ],
])('%s breaks somebody', (_, after, words) => {
  expect(told(after())).toEqual(words)
})

test('what is only passed on by its name counts as exported', () => {
  const passed = "## API\n\n```ts\nimport { Token } from 'other';\n\nexport { Token }\n```\n"
  expect(exportChanges('d', passed, report())).toEqual([{ impact: 'major', words: 'd no longer exports Token' }])
})

function report(...declarations: string[]): string {
  return `## API Report\n\n\`\`\`ts\n\n${declarations.map((one) => `// @public\nexport ${one}\n\n`).join('')}\`\`\`\n`
}
