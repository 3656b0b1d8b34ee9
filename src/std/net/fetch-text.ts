import type { IncomingMessage } from 'node:http'
import type { OutboundPolicy } from './outbound-policy.ts'

/** The bounds of `fetchText`. */
export interface FetchLimits {
  readonly timeoutMillis: number
  readonly sizeMaxBytes: number
}

/**
 * Gets the JSON text of a URL, in bounded size and time, where the policy allows the connection. It follows no
 * redirection, because one could lead anywhere. Throws an error that says why there is no text.
 */
export async function fetchText(
  url: string,
  outbound: OutboundPolicy,
  { timeoutMillis, sizeMaxBytes }: FetchLimits,
): Promise<string> {
  const { protocol, hostname } = new URL(url)
  const lookup = outbound.lookupFor(hostname)
  const signal = AbortSignal.timeout(timeoutMillis)
  // Node's clients take memory that a server without issuers does not need.
  const { get } = protocol === 'https:' ? await import('node:https') : await import('node:http')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Without an agent of its own, a request could get the connection or the proxy of a different part of the process.
  const options = { lookup, signal, agent: false, headers: { accept: 'application/json' } } as const
  const request = get(url, options, resolve)
  request.on('error', reject)
  try {
    const response = await promise
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > sizeMaxBytes) throw new Error(`more than ${sizeMaxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    request.destroy()
  }
}
