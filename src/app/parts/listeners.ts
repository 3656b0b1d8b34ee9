import { acceptPlain, HttpServer, Listener } from '../../http/index.ts'
import type { Config } from '../config/config.ts'
import { type Base, logFault } from './base.ts'
import type { Callers } from './callers.ts'
import type { Services } from './services.ts'
import type { State } from './state.ts'
import type { Workers } from './workers.ts'

/** The time that requests in flight have once the server is asked to stop. */
const shutdownGraceMillis = 20_000

/** Opens the listener and returns its URL. Throws OperatorError if the address is not available. */
export async function openListener(
  { config, log, cleanup }: Base,
  { audit }: State,
  { authenticate, heads }: Callers,
  { services, pipeline }: Services,
  { testClock }: Workers,
): Promise<string> {
  const { host, port, trustedProxies } = config
  const http = new HttpServer({
    services,
    perform: call => pipeline.perform(call),
    ...{ authenticate, heads },
    refusesWebPages: config.insecureNoAuth,
    corsOrigins: config.corsOrigins,
    forwardingProxies: trustedProxies.forwardedFor,
    healthNotes: healthNotesOf(config),
    isReady: () => !audit.isFailing,
    testClock,
    onFault: error => logFault(log, error),
  })
  const listener = await Listener.listen({
    host,
    port,
    accept: socket => acceptPlain(http, socket, trustedProxies.proxyProtocol),
  })
  cleanup.add(async () => {
    const closed = listener.close()
    await http.close(shutdownGraceMillis)
    await closed
  })
  return `http://${listener.authority}`
}

function healthNotesOf(config: Config): string[] {
  return [
    ...(config.insecureNoAuth ? ['insecure-no-auth: requests are not authenticated'] : []),
    ...(config.testClock === 'off' ? [] : ['test-clock: clients may set the clock forward']),
  ]
}
