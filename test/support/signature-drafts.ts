import assert from 'node:assert/strict'
import { administratorOf } from './clients.ts'
import { amzDateOf, authorizationOf, type HandSigned, type Signing, signByHand } from './hand-signer.ts'
import { exchange, type HttpAnswer, renderRequest } from './raw-connection.ts'

/** A signed ListKeys on its way: what was signed, and what is then sent. */
export interface Draft {
  line: string
  headers: [name: string, value: string][]
  body: string
  readonly signed: HandSigned
}

/** How a request differs from one that is signed and sent as it should be. */
export interface SignatureCase {
  readonly sign?: Partial<Signing>
  /** Signed besides the usual headers, in the order of names. */
  readonly extra?: [name: string, value: string][]
  /** The names of headers that are sent but not signed. */
  readonly leave?: readonly string[]
  readonly authorization?: (signed: HandSigned) => string
  readonly tamper?: (draft: Draft) => void
}

export const now = () => amzDateOf(Date.now())
export const minutesFromNow = (minutes: number) => amzDateOf(Date.now() + minutes * 60_000)

/** Signs a ListKeys, spoils it as the case says, sends it, and gives the answer. */
export async function sendDraft(
  server: { url: string; dataDirectory: string },
  { sign = {}, extra = [], leave = [], authorization = authorizationOf, tamper }: SignatureCase,
): Promise<HttpAnswer> {
  const credentials = administratorOf(server)
  const amzDate = sign.amzDate ?? now()
  const usual: [string, string][] = [
    ['content-type', 'application/x-amz-json-1.1'],
    ['host', new URL(server.url).host],
    ['x-amz-date', amzDate],
    ['x-amz-target', 'TrentService.ListKeys'],
  ]
  const headers = [...usual, ...extra].sort(([a], [b]) => (a < b ? -1 : 1))
  const signedHeaders = headers.filter(([name]) => !leave.includes(name))
  const signed = signByHand({ credentials, headers: signedHeaders, body: '{}', ...sign, amzDate })
  const draft: Draft = { line: 'POST /', headers: [...headers], body: '{}', signed }
  draft.headers.push(['Authorization', authorization(signed)])
  tamper?.(draft)
  const answer = await exchange(server.url, renderRequest(draft.line, draft.headers, draft.body))
  assert.ok(answer !== undefined, 'the server closed without an answer')
  return answer
}

export const set = (name: string, value: string) => (draft: Draft) => {
  draft.headers = draft.headers.map(([n, v]) => (n.toLowerCase() === name ? [n, value] : [n, v]))
}
export const drop = (name: string) => (draft: Draft) => {
  draft.headers = draft.headers.filter(([n]) => n.toLowerCase() !== name)
}
export const add = (name: string, value: string) => (draft: Draft) => {
  draft.headers.push([name, value])
}
export const setBody = (body: string) => (draft: Draft) => {
  draft.body = body
}
export const setLine = (line: string) => (draft: Draft) => {
  draft.line = line
}
