import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { Complaint } from './complaint.ts'
import { plain, type Screen } from './screen.ts'

const usualPort = 4010

/** Starts the mock at PORT, else at 4010, else wherever there is room. */
export async function startAnywhere(wish: string | undefined, screen: Screen): Promise<Mock> {
  const port = portFrom(wish)
  const mock = await startMock({ port }).catch(() => startElsewhere(port, screen))
  screen.print(`${screen.tone('bold', 'Mock')}  ${screen.tone('cyan', mock.url)}`)
  screen.print()
  return mock
}

/** The first failure may have another reason than the port; then this one fails as well and says it. */
async function startElsewhere(port: number, screen: Screen): Promise<Mock> {
  try {
    const mock = await startMock({ port: 0 })
    screen.wrap('', `Port ${port} is not free, so the mock took another.`, 'yellow')
    return mock
  } catch (error) {
    throw new Complaint(`The mock does not start: ${plain((error as Error).message)}`, { cause: error })
  }
}

function portFrom(wish: string | undefined): number {
  if (wish === undefined || wish.trim() === '') return usualPort
  const port = Number(wish)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Complaint(`PORT is ${JSON.stringify(plain(wish, 40))}, but must be a number from 0 to 65535.`)
}
