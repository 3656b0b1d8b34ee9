import assert from 'node:assert/strict'

export const daySeconds = 86_400
export const dayMillis = 86_400_000

/** Sets the clock of a server with a test clock forward and lets time do its work; the time it is then. */
export async function advance(server: { url: string }, seconds: number): Promise<number> {
  const response = await fetch(`${server.url}/test/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceSeconds: seconds }),
  })
  return await timeOf(response)
}

/** The time of a server with a test clock, in milliseconds. */
export async function timeAt(server: { url: string }): Promise<number> {
  return await timeOf(await fetch(`${server.url}/test/clock`))
}

async function timeOf(response: Response): Promise<number> {
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const now = Date.parse((JSON.parse(text) as { now: string }).now)
  assert.ok(Number.isFinite(now), text)
  return now
}
