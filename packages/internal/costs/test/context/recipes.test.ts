import { expect, test } from 'vitest'
import { bookingsOf, rightBookings } from './interleaved.ts'
import { recipes } from './recipe.ts'

test.each(recipes)(
  'the recipe for %s tracks 200 interleaved requests for their customers, and those of nobody for nobody',
  async (name) => expect(await bookingsOf(name, process.execPath, false)).toEqual(rightBookings),
)
