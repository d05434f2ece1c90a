import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Memory that V8 may use for young objects: more makes the process larger, and not faster. */
const mostYoungBytes = 8 * 1024 * 1024

/**
 * Keeps the process small. V8's own limit can only be given to `node` when it starts; later V8 can only be told not to grow
 * any more, so its growth is watched.
 */
export function keepSmall(): void {
  const watch = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    if (young !== undefined && young.space_size < mostYoungBytes) return
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(watch)
  }, 5)
  watch.unref()
}
