import { connect, type Socket } from 'node:net'
import { isJsonObject, type Json, OperatorError, parseJson } from '../std/index.ts'
import { OperatorProblem, type OperatorRequest, operatorLimits, renderHead } from './protocol.ts'
import { socketAddress, socketName } from './socket-path.ts'

/** No server answers on the operator socket of the data directory. */
export class NoServer extends OperatorError {}

/**
 * Sends a request to the server of a data directory, and returns the result. The secrets are wiped when they are sent. Throws
 * OperatorProblem if the server refuses the request, and NoServer if no server answers.
 */
export async function callOperator(directory: string, request: OperatorRequest): Promise<Json> {
  const socket = await connectTo(directory)
  try {
    await send(socket, request)
    return await readAnswer(socket)
  } finally {
    for (const secret of request.secrets) secret.fill(0)
    socket.destroy()
  }
}

async function connectTo(directory: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let release = (): void => undefined
  try {
    const address = socketAddress(directory, socketName)
    release = () => address.release()
    const socket = connect(address.path, resolve)
    socket.on('error', reject)
    await promise
    return socket
  } catch (error) {
    throw noServer(directory, error)
  } finally {
    release()
  }
}

function noServer(directory: string, error: unknown): OperatorError {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof OperatorError) return error
  if (code === 'EACCES' || code === 'EPERM')
    return new OperatorError(
      `The operator socket in ${directory} belongs to a different user. Run this command as the user of the server.`,
    )
  const reason = code === 'ENOENT' || code === 'ECONNREFUSED' ? '' : `: ${message}`
  return new NoServer(`No Keyward runs on the data directory ${directory}${reason}.`)
}

async function send(socket: Socket, request: OperatorRequest): Promise<void> {
  for (const part of [renderHead(request), ...request.secrets]) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.write(part, error => (error ? reject(error) : resolve()))
    // A server that refuses the first part closes; its answer says why.
    await promise.catch(() => undefined)
  }
}

async function readAnswer(socket: Socket): Promise<Json> {
  let text = ''
  socket.setEncoding('utf8')
  try {
    for await (const more of socket as AsyncIterable<string>) {
      text += more
      const end = text.indexOf('\n')
      if (end !== -1) return resultIn(text.slice(0, end))
      if (text.length > operatorLimits.answerSizeMax) break
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error
  }
  throw new NoServer('The server ended before it answered.')
}

/** Returns the result of an answer. Throws OperatorProblem. */
function resultIn(line: string): Json {
  const answer = parseJson(line)
  if (!isJsonObject(answer))
    throw new OperatorError('The server answered with something else than an object.')
  const { problem } = answer
  if (isJsonObject(problem)) throw new OperatorProblem(String(problem['code']), String(problem['text']))
  return answer['result'] as Json
}
