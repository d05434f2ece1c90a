export const key = 'pk_live_0123456789abcdefghij'
export const origin = 'https://app.example.com'

let sent = 0

/** An event of one of a thousand customers as a browser sends it, under an id of its own. */
export function pageRequest(): string {
  const number = sent++
  const body = `{"customer_id":"customer-${number % 1_000}","event":"button_click","property":{"page":"/pricing"}}`
  return [
    'POST /events/test HTTP/1.1',
    'host: relay.example.com',
    'connection: keep-alive',
    `content-length: ${body.length}`,
    'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `idempotency-key: 00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    'accept: */*',
    `origin: ${origin}`,
    `referer: ${origin}/`,
    'accept-encoding: gzip, deflate, br, zstd',
    'accept-language: en-GB,en-US;q=0.9,en;q=0.8',
    '',
    body,
  ].join('\r\n')
}
