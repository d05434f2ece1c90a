import { EventTracker } from '@obsidianlaunch/events'
import { forCurrentCustomer } from '@obsidianlaunch/events/context'

/** The calls of the application's tracker. A recipe that has such a file of its own puts it in the place of this one. */
export const events = forCurrentCustomer(new EventTracker())
