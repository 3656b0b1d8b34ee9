import { connect, isIP, type Socket } from 'node:net'
import { hostname } from 'node:os'
import type { OutboundPolicy } from '../../std/index.ts'
import type { Sink, SinkBatch } from './sink.ts'

/** The settings of a syslog collector. */
export interface SyslogOptions {
  /** `tcp://host:port` or `tls://host:port`. */
  readonly url: URL
  readonly ca?: string | undefined
  readonly outbound: OutboundPolicy
  readonly timeoutMillis?: number
}

/** Facility 13, log audit, and severity 6, informational (RFC 5424, 6.2.1). */
const priority = 13 * 8 + 6
const timeoutMillisDefault = 30_000
const ports: Readonly<Record<string, number>> = { 'tcp:': 601, 'tls:': 6514 }

/**
 * Sends each record as a syslog message (RFC 5424), framed by its length (RFC 6587, 3.4.1) over TCP or TLS (RFC 5425). Syslog
 * confirms nothing: a batch counts as delivered when the operating system has taken it and the connection is whole.
 */
export class SyslogSink implements Sink {
  readonly #options: SyslogOptions
  readonly #host = asciiName(hostname())
  #socket: Socket | undefined

  constructor(options: SyslogOptions) {
    this.#options = options
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    const socket = await this.#connected()
    const text = lines.map(line => frame(this.#messageOf(line))).join('')
    await within(this.#options.timeoutMillis ?? timeoutMillisDefault, socket, (resolve, reject) => {
      socket.write(text, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined || socket.destroyed) return
    await new Promise<void>(resolve => socket.once('close', resolve).end(() => socket.destroySoon()))
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && this.#socket.writable) return this.#socket
    const { url, ca, outbound, timeoutMillis = timeoutMillisDefault } = this.#options
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const port = url.port === '' ? (ports[url.protocol] ?? 0) : Number(url.port)
    const lookup = outbound.lookupFor(url.hostname)
    const isTls = url.protocol === 'tls:'
    // A server without syslog needs no client of TLS.
    const socket = isTls
      ? (await import('node:tls')).connect({
          host,
          port,
          lookup,
          ca,
          ...(isIP(host) === 0 && { servername: host }),
        })
      : connect({ host, port, lookup })
    // Every write reports its own error.
    socket.on('error', () => {})
    // A collector should send nothing. Its bytes are dropped, so that its end shows.
    socket.resume()
    socket.unref()
    await within(timeoutMillis, socket, resolve => {
      socket.once(isTls ? 'secureConnect' : 'connect', resolve)
    })
    this.#socket = socket
    return socket
  }

  #messageOf(line: string): string {
    const time = /"eventTime":"([\dTZ:-]+)"/.exec(line)?.[1] ?? '-'
    return `<${priority}>1 ${time} ${this.#host} keyward ${process.pid} cloudtrail - ${line}`
  }
}

function frame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`
}

/** A host name as RFC 5424, 6 allows: printable ASCII, at most 255 characters. */
function asciiName(name: string): string {
  const ascii = name.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 255)
  return ascii === '' ? '-' : ascii
}

/** Waits for one step of a connection. The connection ends if it fails or takes too long. */
async function within(
  timeoutMillis: number,
  socket: Socket,
  step: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('the collector takes too long')), timeoutMillis)
  const onError = (error: Error) => reject(error)
  const onClose = () => reject(new Error('the collector closed the connection'))
  socket.once('error', onError).once('close', onClose)
  try {
    step(resolve, reject)
    await promise
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
    socket.off('error', onError).off('close', onClose)
  }
}
