import { createServer } from 'node:net'
import type { Config } from '../../config/config.ts'
import { hasPublicListener } from '../../config/listening.ts'
import { type Finding, fault, ok } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Checks that the server answers, or that the ports are free for its start. */
export async function checkPorts(subject: Subject): Promise<readonly Finding[]> {
  const { config, isRunning } = subject
  if (isRunning) return [await checkAnswer(subject)]
  const findings = await Promise.all(portsOf(config).map(findTaken))
  const taken = findings.filter(finding => finding !== undefined)
  return taken.length > 0 ? taken : [ok('No server runs, and its ports are free.')]
}

async function checkAnswer(subject: Subject): Promise<Finding> {
  if (!hasPublicListener(subject.config) && 'value' in (await subject.status()))
    return ok('The server answers at its operator socket. It has no public listener.')
  const health = await subject.health()
  return 'value' in health
    ? ok(`The server answers at ${health.value.origin}.`)
    : fault(
        `A server has locked the data directory, and does not answer: ${health.problem}`,
        'See the log of the server. If it hangs, end its process and start it again.',
      )
}

interface WantedPort {
  readonly host: string
  readonly port: number
  readonly setting: string
}

/** The ports that the operator asked for. The server takes free ones in place of others. */
function portsOf({ host, port, servesPlainHttp, tls, metrics }: Config): WantedPort[] {
  return [
    ...(servesPlainHttp && port !== undefined ? [{ host, port, setting: 'KEYWARD_PORT' }] : []),
    ...(tls?.isPortAskedFor === true ? [{ host, port: tls.port, setting: 'KEYWARD_TLS_PORT' }] : []),
    ...(metrics?.isPortAskedFor === true
      ? [{ host: metrics.host, port: metrics.port, setting: 'KEYWARD_METRICS_PORT' }]
      : []),
  ]
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'needs a privilege (CAP_NET_BIND_SERVICE) that this user does not have',
  EADDRNOTAVAIL: 'cannot be opened, because the address is not one of this machine',
}

async function findTaken({ host, port, setting }: WantedPort): Promise<Finding | undefined> {
  const error = await tryToListen({ host, port })
  if (error === undefined) return undefined
  const isAddress = error.code === 'EADDRNOTAVAIL'
  return fault(
    `Port ${port} of ${host} ${reasons[error.code ?? ''] ?? `cannot be opened: ${error.message}`}.`,
    `Set ${isAddress ? 'KEYWARD_HOST' : setting} to a different one.`,
  )
}

/** Listens for a moment, on a free port if `port` is 0. Returns why that is not possible; undefined if it is. */
export async function tryToListen(place: {
  readonly host: string
  readonly port: number
}): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  server.once('error', resolve).listen({ ...place, exclusive: true }, () => resolve(undefined))
  const error = await promise
  server.close()
  return error
}
