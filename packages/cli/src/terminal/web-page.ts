/** Tells the answer of a web page from one of the API: such as a network that wants a log-in gives to every request. */
export function isWebPage(data: unknown): boolean {
  return typeof data === 'string' && /^\s*</.test(data)
}

export const webPageAdvice =
  'A web page has answered, not the API: what was sent to it has probably not arrived. Check the base URL; a network that wants a log-in answers so, too. `obsidian-events doctor` looks into it.'
