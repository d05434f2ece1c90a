import { curlOf } from '../format/curl.ts'
import { callOf, expectationOf } from '../format/typescript.ts'
import { addressOf } from '../store/address.ts'
import { resend } from '../store/api.ts'
import type { Attempt, TrackedEvent } from '../store/event.ts'
import { copy, say } from '@obsidianlaunch/page/clipboard'
import { button, h } from '@obsidianlaunch/page/dom'

/** Buttons that copy one event in some form or send it again. */
export function eventActions(event: TrackedEvent, attempt: Attempt): HTMLElement {
  return h(
    'div',
    { class: 'deeds' },
    group(
      'Copy',
      copying('as curl', 'the request as curl', () => curlOf(attempt, location.origin)),
      copying('as TypeScript', 'the call as TypeScript', () => callOf(attempt, location.origin)),
      copying('as expect', 'the expectation of a test', () => expectationOf(attempt)),
      copying('body', 'the body', () => attempt.text),
      copying('link', 'the link to this event', () => addressOf(event, location.origin)),
    ),
    group(
      'Send again',
      sending(attempt, 'same key', 'As it was: one more attempt of this event'),
      sending(attempt, 'new key', 'With another Idempotency-Key: another event'),
    ),
  )
}

function copying(label: string, what: string, text: () => string): HTMLElement {
  return button(label, () => void copy(text(), what), { 'aria-label': `Copy ${label}` })
}

function sending(attempt: Attempt, key: 'same key' | 'new key', title: string): HTMLElement {
  return button(key, () => void sendAgain(attempt, key), { title, 'aria-label': `Send again, ${key}` })
}

async function sendAgain(attempt: Attempt, key: 'same key' | 'new key'): Promise<void> {
  try {
    await resend(attempt, key)
    say('Sent again')
  } catch (error) {
    say(`A browser cannot send this: ${(error as Error).message}`)
  }
}

function group(label: string, ...buttons: HTMLElement[]): HTMLElement {
  return h(
    'div',
    { class: 'group', role: 'group', 'aria-label': label },
    h('span', { class: 'label', 'aria-hidden': 'true' }, label),
    h('div', {}, buttons),
  )
}
