import { Buffer } from 'node:buffer'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as open } from 'node:https'
import { XksFailure, xksLimits } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import type { ProxyAgent } from './proxy-agent.ts'
import { malformed } from './proxy-failure.ts'

/** An answer with its whole body. */
export interface ProxyAnswer {
  readonly status: number
  readonly body: Buffer
  /** The time that it took, handshakes included. */
  readonly millis: number
}

/** A signed request. */
export interface ProxyRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The longest answer. The ciphertext, which is the longest part of any, has 5,736 characters. */
const answerSizeMaxBytes = 64 * 1024

/** The codes of connections that the other side closed. */
const closedCodes: readonly unknown[] = ['ECONNRESET', 'EPIPE']

/** Returns the failure of a call that takes too long. */
export const tooLate = () => new XksFailure('timeout', `no answer within ${xksLimits.callMillis} ms`)

/**
 * Sends a request and returns the answer, whatever its status. `deadline` is a moment of `monotonicMillis`. A kept connection that the proxy
 * has closed is no failure: the request goes over a new one. Rejects with XksFailure.
 */
export function exchange(
  agent: ProxyAgent,
  request: ProxyRequest,
  deadline: number,
  isRepeated = false,
): Promise<ProxyAnswer> {
  const { path, headers, body } = request
  const began = monotonicMillis()
  const leftMillis = deadline - began
  if (leftMillis <= 0) return Promise.reject(tooLate())
  agent.closeIdle(began)
  const { promise, resolve, reject } = Promise.withResolvers<ProxyAnswer>()
  const sent: ClientRequest = open({ agent, method: 'POST', path, headers, setHost: false })
  let isOver = false
  const fail = (failure: XksFailure) => {
    // A request that is destroyed reports an error of its own.
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    reject(failure)
    sent.destroy()
  }
  const timer = setTimeout(() => fail(tooLate()), leftMillis)
  let hasAnswer = false
  sent.on('response', response => {
    hasAnswer = true
    gather(response, fail, body => {
      clearTimeout(timer)
      resolve({ status: response.statusCode ?? 0, body, millis: monotonicMillis() - began })
    })
  })
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (hasAnswer) return fail(malformed(`the answer breaks off: ${error.message}`))
    if (isOver || isRepeated || !sent.reusedSocket || !closedCodes.includes(error.code))
      return fail(agent.failureOf(error, sent.socket))
    clearTimeout(timer)
    // If the proxy was restarted, it has closed all the others, too.
    agent.closeFree()
    resolve(exchange(agent, request, deadline, true))
  })
  sent.end(body)
  return promise
}

function gather(
  response: IncomingMessage,
  fail: (failure: XksFailure) => void,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  response.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length
    if (sizeBytes > answerSizeMaxBytes)
      fail(malformed(`the answer has more than ${answerSizeMaxBytes} bytes`))
    else chunks.push(chunk)
  })
  response.on('end', () => done(Buffer.concat(chunks)))
  response.on('error', error => fail(malformed(`the answer breaks off: ${error.message}`)))
}
