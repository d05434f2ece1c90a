// A program written after the provider's TypeScript guide. The test changes its import line and nothing else.
// oxlint-disable no-console, typescript/no-floating-promises -- it is what users of the guide have today
import { identifyCustomer, trackEvent } from './tracking.ts'

function complain(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
}

// Awaited, in the guide's own words.
try {
  await identifyCustomer('user123', 'John Doe', 'john@example.com', { plan: 'premium', signupDate: '2023-06-25' })
  await trackEvent('user123', 'button_click')
  console.log('awaited')
} catch (error) {
  complain(error)
}

// Chained.
trackEvent('user123', 'chained')
  .then(() => console.log('chained'))
  .catch(complain)
  .finally(() => console.log('finally'))

// Collected.
const collected: Promise<unknown>[] = [identifyCustomer('user124', 'Ada Lovelace', 'ada@example.com', {})]
for (const page of ['home', 'pricing']) collected.push(trackEvent('user124', `page_view ${page}`))
await Promise.all(collected)
  .then((all) => console.log(`collected ${all.length}`))
  .catch(complain)

// Left alone: the program ends here, and these still arrive.
identifyCustomer('user125', 'Grace Hopper', 'grace@example.com', { plan: 'free' })
trackEvent('user125', 'left_alone')
