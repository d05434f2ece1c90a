import { setTimeout as pause } from 'node:timers/promises'
import { EventTracker } from '@obsidianlaunch/events'
import { forCurrentCustomer } from '@obsidianlaunch/events/context'

const events = forCurrentCustomer(new EventTracker())

/** Tracks for whoever has asked. @param report says who that is, to compare */
export async function openReport(report: unknown): Promise<{ outcome: string }> {
  await pause(Math.random() * 20)
  const { outcome } = await events.trackEvent('report_opened', { property: report as { of: string } }).settled()
  return { outcome }
}
