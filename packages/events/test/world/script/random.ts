export { Random } from '@obsidianlaunch/testkit/random'
