import { endWithParent, loadBinding } from './binding.ts'
import type { Message } from './frames.ts'
import { type Handler, serveRequests } from './request-server.ts'
import { toTokenProblem } from './token-answers.ts'
import { type KeyPlace, Tokens } from './token-operations.ts'

/**
 * The process of a PKCS#11 library. A library runs native code of others, which may hang, crash or keep keys in its memory, so it is
 * never loaded into the server.
 */

let tokens: Tokens | undefined

function loaded(): Tokens {
  if (tokens === undefined) throw new Error('no library is loaded')
  return tokens
}

const placeIn = (head: Message['head']) => head['place'] as KeyPlace

/** The requests. The server is trusted, and checks what comes from outside. */
const handlers = {
  async load({ library }) {
    tokens = Tokens.load(endWithParent(await loadBinding()), String(library))
    return undefined
  },
  list: () => ({ head: { tokens: loaded().list() } }),
  openSession({ token }) {
    loaded().openSession(String(token))
    return undefined
  },
  login({ token }, [pin = Buffer.alloc(0)]) {
    loaded().login(String(token), pin)
    return undefined
  },
  random: ({ token, sizeBytes }) => ({ parts: [loaded().random(String(token), Number(sizeBytes))] }),
  hasKey: head => ({ head: { has: loaded().hasKey(placeIn(head)) } }),
  makeKey(head) {
    loaded().makeKey(placeIn(head))
    return undefined
  },
  importKey(head, [value = Buffer.alloc(0)]) {
    loaded().importKey(placeIn(head), value)
    return undefined
  },
  checkKey(head) {
    loaded().checkKey(placeIn(head))
    return undefined
  },
  encrypt: (head, parts) => ({ parts: [loaded().encrypt(placeIn(head), ...threeOf(parts))] }),
  decrypt: (head, parts) => ({ parts: [loaded().decrypt(placeIn(head), ...threeOf(parts))] }),
} satisfies Readonly<Record<string, Handler>>

/** The name of a request. */
export type RequestName = keyof typeof handlers

function threeOf([iv, data, input]: readonly Buffer[]): [Buffer, Buffer, Buffer] {
  if (iv === undefined || data === undefined || input === undefined) throw new Error('a part is missing')
  return [iv, data, input]
}

serveRequests({ handlers, problemOf: toTokenProblem, end: () => tokens?.close() })
