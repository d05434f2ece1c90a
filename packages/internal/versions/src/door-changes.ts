import type { Change } from './changes.ts'

/**
 * Compares two reports of one door. What was there and is gone or has another type breaks somebody; so does a new member
 * that everybody has to give. Everything else that is new can be ignored by who does not know of it: also what a class or
 * a constant gains, and a path in the interfaces that openapi-typescript writes, since nobody but us gives one of those.
 */
export function doorChanges(door: string, before: string, after: string): Change[] {
  const [old, young] = [declarations(before), declarations(after)]
  const gone = [...old.keys()].filter((name) => !young.has(name))
  const added = [...young.keys()].filter((name) => !old.has(name))
  const changes: Change[] = [
    ...gone.map((name) => ({ impact: 'major' as const, words: `${door} no longer exports ${name}` })),
    ...added.map((name) => ({ impact: 'minor' as const, words: `${door} exports ${name}` })),
  ]
  for (const [name, lines] of old) changes.push(...memberChanges(`${door}: ${name}`, lines, young.get(name) ?? lines))
  return changes
}

/** The lines of each exported name, without comments. */
function declarations(report: string): Map<string, string[]> {
  const code = /```ts\n([\s\S]*?)```/.exec(report)?.[1] ?? ''
  const found = new Map<string, string[]>()
  for (const block of code.split(/\n\n(?=\/\/ @)/)) {
    const lines = block.split('\n').filter((line) => line.trim() !== '' && !/^\s*(\/\/|\/\*\*|\*)/.test(line))
    const [, name] = /^(?:export )?(?:declare |abstract )*(?:\w+) (\w+)/.exec(lines[0] ?? '') ?? []
    // A name may have a line for each overload.
    if (name !== undefined && !lines[0]?.startsWith('import')) found.set(name, [...(found.get(name) ?? []), ...lines])
  }
  return found
}

function memberChanges(where: string, old: readonly string[], young: readonly string[]): Change[] {
  const isGiven = !/ (class|const|interface (paths|operations|components))\b/.test(young[0] ?? '')
  const gone = old.filter((line) => !young.includes(line))
  const added = young.filter((line) => !old.includes(line))
  const breaks = (line: string) => isGiven && !/^\s*(readonly )?[\w'"]+\?/.test(line)
  const say = (impact: Change['impact'], lines: string[], what: string) =>
    lines.map((line) => ({ impact, words: `${where} ${what} ${line.trim()}` }))
  if (gone.length > 0) return say('major', gone, 'no longer has')
  return [
    ...say('major', added.filter(breaks), 'demands'),
    ...say(
      'minor',
      added.filter((line) => !breaks(line)),
      'has',
    ),
  ]
}
