import { type ExchangeLimits, exchangeHttp } from './exchange.ts'
import type { OutboundPolicy } from './outbound-policy.ts'

/** Gets the JSON text of a URL, as `exchangeHttp` does. Throws an error that says why there is no text. */
export async function fetchText(
  url: string,
  outbound: OutboundPolicy,
  limits: ExchangeLimits,
): Promise<string> {
  const headers = { accept: 'application/json' }
  const { status, body } = await exchangeHttp({ method: 'GET', url: new URL(url), headers }, outbound, limits)
  if (status !== 200) throw new Error(`status ${status}`)
  return body.toString('utf8')
}
