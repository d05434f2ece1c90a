import { bundleParts } from '../bundle.ts'
import { whole } from '../programs.ts'
import type { Benchmark } from '../table.ts'

const sdk = '@obsidianlaunch/events'
/** Smaller ones share a row. */
const leastBytes = 1_000

/** The package and the file of it, whatever folder it is in. */
function nameOf(file: string): string {
  const [folder = '', name = ''] = file.split(/\/(?:src|dist)\//)
  return `${folder.split('/').at(-1)}: ${name}`
}

export const parts: Benchmark = {
  name: 'parts',
  async run() {
    const all = [...(await bundleParts(whole(sdk), 'neutral'))].toSorted((a, b) => b[1] - a[1])
    const total = all.reduce((sum, [, bytes]) => sum + bytes, 0)
    const small = all.filter(([, bytes]) => bytes < leastBytes)
    const large = all.filter(([, bytes]) => bytes >= leastBytes).map(([file, bytes]) => [nameOf(file), bytes] as const)
    const rest = [`${small.length} smaller files`, small.reduce((sum, [, bytes]) => sum + bytes, 0)] as const
    return {
      title: 'What the bundle of the SDK holds',
      note: `All of ${sdk}, neutral, minified: ${(total / 1_000).toFixed(2)} kB, by the file that it comes from.`,
      head: ['', 'kB', '%'],
      rows: [...large, rest].map(([name, bytes]) => [
        name,
        (bytes / 1_000).toFixed(2),
        ((100 * bytes) / total).toFixed(1),
      ]),
    }
  },
}
