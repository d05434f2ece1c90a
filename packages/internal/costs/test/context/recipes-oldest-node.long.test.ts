import { howToInstall, node } from '@obsidianlaunch/testkit/run-times'
import { expect, test } from 'vitest'
import { bookingsOf, rightBookings } from './interleaved.ts'
import { recipes } from './recipe.ts'

const oldest = node(20)

// It keeps contexts in another way than Node does from 24 on.
test.for(recipes)('the recipe for %s does so on the oldest Node', async (name, { skip }) => {
  skip(oldest === undefined, howToInstall)
  expect(await bookingsOf(name, oldest ?? '', true)).toEqual(rightBookings)
})
