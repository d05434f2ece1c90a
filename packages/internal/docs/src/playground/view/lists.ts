import type { Attempt } from '../network.ts'
import type { News } from '../news.ts'
import type { Picture } from '../picture.ts'
import { kindOf, make, part, plural, seconds, show } from './element.ts'

const mostShown = 60

/** Shows the attempts with their answers, and what the hooks were told. */
export function showLists(root: HTMLElement, { attempts, news }: Picture): void {
  show(part(root, 'attempts'), attempts.slice(0, mostShown).map(attemptRow))
  show(part(root, 'receipts'), news.slice(0, mostShown).map(newsRow))
}

function attemptRow({ number, customerId, attempt, answer, isUnheard }: Attempt): HTMLElement {
  return make(
    'li',
    'pg-row',
    make('span', 'pg-name', `#${number} ${customerId}`),
    make('span', '', `attempt ${attempt}`),
    ...answerOf(answer, isUnheard),
  )
}

function answerOf(answer: Attempt['answer'], isUnheard = false): HTMLElement[] {
  const note = isUnheard ? [make('span', 'pg-note', 'nobody heard it')] : []
  if (answer === undefined) return [make('span', 'pg-answer', 'in flight'), ...note]
  const text = answer === 'none' ? 'no answer' : String(answer)
  return [make('span', `pg-answer pg-${kindOf(answer)}`, text), ...note]
}

function newsRow(news: News): HTMLElement {
  const { about, number } = news
  const name = make('span', 'pg-name', `#${number ?? '?'} ${about.customerId}`)
  if ('error' in news) {
    const fate = news.error.kept ? 'kept, tried again' : 'given up'
    return make('li', 'pg-row', name, make('span', '', news.error.name), make('span', 'pg-answer pg-bad', fate))
  }
  const { status, attempts, acceptedAt, deliveredAt, elsewhere } = news.receipt
  const how = elsewhere
    ? 'by another tab'
    : `${plural(attempts, 'attempt')}, ${seconds(Number(deliveredAt) - Number(acceptedAt))}`
  return make('li', 'pg-row', name, make('span', '', how), make('span', 'pg-answer pg-good', String(status)))
}
