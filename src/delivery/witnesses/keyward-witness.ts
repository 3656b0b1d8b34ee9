import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditHead } from '../../audit/index.ts'
import {
  type Clock,
  exchangeHttp,
  type OutboundPolicy,
  parseJson,
  type SigningCredentials,
  sha256Hex,
  signRequest,
} from '../../std/index.ts'
import type { Sink, SinkBatch } from '../sinks/sink.ts'

/** The settings of a witness that is a different Keyward. */
export interface KeywardWitnessOptions {
  readonly url: URL
  /** A Region of that server. */
  readonly region: string
  readonly ca?: string | undefined
  /** Reads the credentials, which the operator may replace while the server runs. */
  readonly credentials: () => SigningCredentials
  readonly outbound: OutboundPolicy
  /** The clock of the machine: a signature of a test clock would be refused. */
  readonly clock: Clock
}

/** A witness takes ten heads in ten seconds. */
const attemptsMax = 12
const retryMillis = 1000
const limits = { timeoutMillis: 30_000, sizeMaxBytes: 1024 * 1024 }

/** Gives each head to a different Keyward, which refuses one that contradicts those before. */
export class KeywardWitness implements Sink {
  readonly #options: KeywardWitnessOptions

  constructor(options: KeywardWitnessOptions) {
    this.#options = options
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    for (const line of lines) {
      const { auditHead } = parseJson(line) as { auditHead: AuditHead }
      await this.#record(auditHead)
    }
  }

  /** Returns all heads of a log that the witness has, by their numbers. Throws an error that says why it cannot. */
  async list(stream: string): Promise<AuditHead[]> {
    const heads: AuditHead[] = []
    for (;;) {
      const After = heads.at(-1)?.head ?? 0
      const answer = await this.#call('ListAuditHeads', { Stream: stream, After })
      const { AuditHeads: page } = answer as { AuditHeads: WireHead[] }
      if (page.length === 0) return heads
      if ((page[0]?.Head ?? 0) <= After) throw new Error('the witness repeats its heads')
      heads.push(...page.map(fromWire))
    }
  }

  async close(): Promise<void> {}

  /** Heads that waited come faster than the witness takes them, which is one a second. */
  async #record(head: AuditHead): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#call('RecordAuditHead', { AuditHead: toWire(head) })
        return
      } catch (error) {
        if (attempt >= attemptsMax || !isLimit(error)) throw error
        await sleep(retryMillis)
      }
    }
  }

  async #call(operation: string, input: object): Promise<unknown> {
    const { url, region, ca, credentials, outbound, clock } = this.#options
    const body = JSON.stringify(input)
    const unsigned = {
      'content-type': 'application/x-amz-json-1.1',
      host: url.host,
      'x-amz-target': `Keyward.${operation}`,
    }
    const headers = signRequest(
      {
        ...{ method: 'POST', path: '/', headers: unsigned, payloadHash: sha256Hex(body) },
        ...{ region, service: 'keyward' },
      },
      credentials(),
      clock.now(),
    )
    const answer = await exchangeHttp({ method: 'POST', url, headers, body, ca }, outbound, limits)
    const text = answer.body.toString('utf8')
    if (answer.status !== 200) throw new Error(`the witness ${url.host} answered ${text.slice(0, 500)}`)
    return text === '' ? undefined : parseJson(text)
  }
}

const isLimit = (error: unknown) => String(error).includes('LimitExceededException')

const toWire = ({ stream, head, block, chain, records, time, key, signature }: AuditHead) => ({
  ...{ Stream: stream, Head: head, Block: block, Chain: chain, Records: records },
  ...{ Time: time, Key: key, Signature: signature },
})

type WireHead = ReturnType<typeof toWire>

const fromWire = ({ Stream, Head, Block, Chain, Records, Time, Key, Signature }: WireHead): AuditHead => ({
  ...{ stream: Stream, head: Head, block: Block, chain: Chain, records: Records },
  ...{ time: Time, key: Key, signature: Signature },
})
