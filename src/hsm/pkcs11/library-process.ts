import { Socket } from 'node:net'
import type { Koffi } from './cryptoki.ts'
import { FrameReader, type Message, toFrame } from './frames.ts'
import { TokenProblem } from './problem.ts'
import { type KeyPlace, Tokens, toTokenProblem } from './token-operations.ts'

/**
 * The process of a PKCS#11 library. A library runs native code of others, which may hang, crash or keep keys in its memory, so it is
 * never loaded into the server. Requests come as frames on file descriptor 3, because a library may print to any other.
 */

type Handler = (
  head: Message['head'],
  parts: readonly Buffer[],
) => Promise<Partial<Message>> | Partial<Message>

let tokens: Tokens | undefined

function loaded(): Tokens {
  if (tokens === undefined) throw new Error('no library is loaded')
  return tokens
}

const placeIn = (head: Message['head']) => head['place'] as KeyPlace

/** The requests. The server is trusted, and checks what comes from outside. */
const handlers = {
  async load({ library }) {
    tokens = Tokens.load(await loadBinding(), String(library))
    return {}
  },
  list: () => ({ head: { tokens: loaded().list() } }),
  openSession({ token }) {
    loaded().openSession(String(token))
    return {}
  },
  login({ token }, [pin = Buffer.alloc(0)]) {
    loaded().login(String(token), pin)
    return {}
  },
  random: ({ token, sizeBytes }) => ({ parts: [loaded().random(String(token), Number(sizeBytes))] }),
  hasKey: head => ({ head: { has: loaded().hasKey(placeIn(head)) } }),
  makeKey(head) {
    loaded().makeKey(placeIn(head))
    return {}
  },
  importKey(head, [value = Buffer.alloc(0)]) {
    loaded().importKey(placeIn(head), value)
    return {}
  },
  checkKey(head) {
    loaded().checkKey(placeIn(head))
    return {}
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

async function loadBinding(): Promise<Koffi> {
  try {
    return (await import('koffi')).default
  } catch (error) {
    const why = (error as Error).message.split('\n', 1)[0]
    throw new TokenProblem(
      'NotLoaded',
      `PKCS#11 needs the package koffi, which cannot be loaded: ${why}. Install it with npm install koffi`,
    )
  }
}

async function answer({ head, parts }: Message): Promise<Message> {
  try {
    const handler: Handler = handlers[head['request'] as RequestName]
    const done = await handler(head, parts)
    return { head: { ...done.head, ok: true }, parts: done.parts ?? [] }
  } catch (error) {
    const { code, message } = toTokenProblem(error)
    return { head: { ok: false, code, message }, parts: [] }
  } finally {
    for (const part of parts) part.fill(0)
  }
}

const channel = new Socket({ fd: 3, readable: true, writable: true })
const reader = new FrameReader()
let last: Promise<void> = Promise.resolve()

channel.on('data', (piece: Buffer) => {
  for (const message of reader.add(piece)) last = last.then(() => perform(message))
})
// The server has gone, or needs the library no more.
channel.on('end', () => void last.then(end))
channel.on('error', () => process.exit(0))

async function perform(message: Message): Promise<void> {
  const done = await answer(message)
  const frame = toFrame(done)
  for (const part of done.parts) part.fill(0)
  await new Promise<void>(written => channel.write(frame, () => written()))
  frame.fill(0)
}

function end(): void {
  try {
    tokens?.close()
  } finally {
    process.exit(0)
  }
}
