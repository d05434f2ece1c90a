export { FakeClock } from '@obsidianlaunch/testkit/clock'
