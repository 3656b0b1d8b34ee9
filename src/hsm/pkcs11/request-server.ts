import { Socket } from 'node:net'
import { FrameReader, type Message, toFrame } from './frames.ts'
import type { TokenProblem } from './problem.ts'
import { readSecrets } from './read-secrets.ts'

/** Answers a request in the process of a library. The parts of the request are wiped afterwards, and so are those of the answer. */
export type Handler = (
  head: Message['head'],
  parts: readonly Buffer[],
) => Promise<Partial<Message> | undefined> | Partial<Message> | undefined

/** How the requests to the process of a library are answered. */
export interface RequestServer {
  readonly handlers: Readonly<Record<string, Handler>>
  problemOf(error: unknown): TokenProblem
  /** Ends the library. */
  end(): Promise<void> | void
}

/**
 * Answers the requests that come as frames on file descriptor 3, one after the other, and ends the process when there can be no further one. A
 * library may print to any other descriptor.
 */
export function serveRequests(server: RequestServer): void {
  const channel = new Socket({ fd: 3, readable: true, writable: true })
  const reader = new FrameReader()
  let last: Promise<void> = Promise.resolve()
  readSecrets(channel, piece => {
    for (const message of reader.add(piece)) last = last.then(() => perform(server, channel, message))
  })
  // The server has gone, or needs the library no more.
  channel.on('end', () => void last.then(() => end(server)))
  channel.on('error', () => process.exit(0))
}

async function perform(server: RequestServer, channel: Socket, message: Message): Promise<void> {
  const done = await answer(server, message)
  const frame = toFrame(done)
  for (const part of done.parts) part.fill(0)
  await new Promise<void>(written => channel.write(frame, () => written()))
  frame.fill(0)
}

async function answer({ handlers, problemOf }: RequestServer, { head, parts }: Message): Promise<Message> {
  try {
    const handler = handlers[String(head['request'])]
    if (handler === undefined) throw new Error('there is no such request')
    const done = await handler(head, parts)
    return { head: { ...done?.head, ok: true }, parts: done?.parts ?? [] }
  } catch (error) {
    const { code, message } = problemOf(error)
    return { head: { ok: false, code, message }, parts: [] }
  } finally {
    for (const part of parts) part.fill(0)
  }
}

async function end(server: RequestServer): Promise<void> {
  try {
    await server.end()
  } finally {
    process.exit(0)
  }
}
