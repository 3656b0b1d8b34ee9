/** The most characters that an answer may have. */
const answerMaxLength = 100_000

/** Redeems an authorization code at a token endpoint (RFC 6749, 4.1.3). Returns the ID token. Throws Error if it is refused. */
export async function redeemCode(url: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const { host } = new URL(url)
  const { ok, text } = await post(url, new URLSearchParams(parameters)).catch(() => {
    throw new Error(`${host} does not answer, or does not allow calls from this page (CORS).`)
  })
  const answer = parse(text)
  if (!ok)
    throw new Error(`${host} refused: ${answer['error_description'] ?? answer['error'] ?? 'no reason given'}`)
  const { id_token: token } = answer
  if (typeof token !== 'string') throw new Error(`${host} returned no ID token.`)
  return token
}

async function post(url: string, body: URLSearchParams) {
  const response = await fetch(url, {
    ...{ method: 'POST', body, headers: { accept: 'application/json' } },
    ...{ credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer', cache: 'no-store' },
  })
  return { ok: response.ok, text: await response.text() }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = text.length > answerMaxLength ? undefined : JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
