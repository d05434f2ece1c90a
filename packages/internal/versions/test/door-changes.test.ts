import { expect, test } from 'vitest'
import { doorChanges } from '../src/door-changes.ts'

const before = report(
  'interface Options {\n    // (undocumented)\n    retries?: number;\n}',
  'function track(id: string): void;',
  'class Tracker {\n    flush(): void;\n}',
  "type Mode = 'a' | 'b';",
  'const places: {\n    v1: string;\n};',
  'interface paths {\n    "/v1": Post;\n}',
)

test.each([
  ['nothing', before, []],
  [
    'a comment',
    report(
      'interface Options {\n    retries?: number;\n}',
      'function track(id: string): void;',
      'class Tracker {\n    flush(): void;\n}',
      "type Mode = 'a' | 'b';",
      'const places: {\n    v1: string;\n};',
      'interface paths {\n    "/v1": Post;\n}',
    ),
    [],
  ],
  [
    'a new function',
    `${before.slice(0, -4)}\n// @public\nexport function more(): void;\n\n\`\`\`\n`,
    ['minor d exports more'],
  ],
  ['a removed type', before.replace(/\n\/\/ @public\nexport type Mode.*\n/, ''), ['major d no longer exports Mode']],
  [
    'a new optional member',
    before.replace('retries?: number;', 'retries?: number;\n    wait?: number;'),
    ['minor d: Options has wait?: number;'],
  ],
  [
    'a new member that must be given',
    before.replace('retries?: number;', 'retries?: number;\n    token: string;'),
    ['major d: Options demands token: string;'],
  ],
  [
    'a new method of a class',
    before.replace('flush(): void;', 'flush(): void;\n    stop(): void;'),
    ['minor d: Tracker has stop(): void;'],
  ],
  [
    'a new member of a constant',
    before.replace('v1: string;', 'v1: string;\n    v2: string;'),
    ['minor d: places has v2: string;'],
  ],
  ['a new path', before.replace('"/v1": Post;', '"/v1": Post;\n    "/v2": Post;'), ['minor d: paths has "/v2": Post;']],
  [
    'another type of a parameter',
    before.replace('id: string', 'id: number'),
    ['major d: track no longer has export function track(id: string): void;'],
  ],
  [
    'a narrower type',
    before.replace("'a' | 'b'", "'a'"),
    ["major d: Mode no longer has export type Mode = 'a' | 'b';"],
  ],
])('%s in a report is rated as it strikes users', (_, after, told) => {
  expect(doorChanges('d', before, after).map(({ impact, words }) => `${impact} ${words}`)).toEqual(told)
})

function report(...declarations: string[]): string {
  return `## API Report\n\n\`\`\`ts\n\n${declarations.map((one) => `// @public\nexport ${one}\n\n`).join('')}\`\`\`\n`
}
