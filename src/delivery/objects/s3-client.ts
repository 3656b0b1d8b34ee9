import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Clock,
  encodeQuery,
  encodeUriPart,
  exchangeHttp,
  type HttpAnswer,
  type OutboundPolicy,
  type SigningCredentials,
  sha256Hex,
  signRequest,
} from '../../std/index.ts'
import { ObjectProblem } from './object-store.ts'
import { readError } from './s3-xml.ts'

/** The settings of a client of S3. */
export interface S3ClientOptions {
  readonly endpoint: URL
  readonly region: string
  /** The certificates, in PEM, that the server's certificate is checked with; those of Node if absent. */
  readonly ca?: string | undefined
  /** Reads the credentials, which the operator may replace while the server runs. */
  readonly credentials: () => SigningCredentials
  readonly outbound: OutboundPolicy
  /** The clock of the machine: a signature of a test clock would be refused. */
  readonly clock: Clock
  readonly timeoutMillis?: number
  /** The waits between the attempts of one request. */
  readonly retryMillis?: readonly number[]
  /** The waits of patient requests. */
  readonly patientMillis?: readonly number[]
}

/** A request to S3. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly bucket: string
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  /** The headers of S3, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Whether much is lost with the request, so that a server gets more time to recover. */
  readonly isPatient?: boolean
  /** Ends the request, and the waits between its attempts. */
  readonly signal?: AbortSignal | undefined
}

const nothing = Buffer.alloc(0)
/** The longest answer: a delivered log file has at most 50 MB. */
const answerSizeMaxBytes = 64 * 1024 * 1024

/**
 * A client of S3, or of a server that speaks like it: path-style addresses, signed bodies, bounded times and sizes, and
 * connections that the outbound policy allows. All its requests can be repeated, so it repeats those that failed early: a second
 * multipart upload that is created so has no parts, and the next run aborts it.
 */
export class S3Client {
  readonly #options: S3ClientOptions

  constructor(options: S3ClientOptions) {
    this.#options = options
  }

  /**
   * Sends a request, and repeats it if it fails on the way or in the server. A server that does not answer in time is not asked
   * again: a client waits for the call that asks, and other trails wait for the delivery. Only a patient request is repeated then,
   * and its waits grow (Amazon S3 User Guide, "Troubleshooting": retry 500 and 503 with exponential backoff). Throws ObjectProblem unless it succeeds.
   */
  async send(request: S3Request): Promise<HttpAnswer> {
    const { retryMillis = [200, 1000], patientMillis = [500, 2000, 8000, 30_000] } = this.#options
    const isPatient = request.isPatient === true
    const waits = isPatient ? patientMillis : retryMillis
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(request).then(answer => withTrueStatus(request, answer), toProblem)
      const wait = waits[attempt]
      if (!(outcome instanceof ObjectProblem) && outcome.status < 300) return outcome
      const mayRetry =
        outcome instanceof ObjectProblem
          ? (outcome.code !== timedOut || isPatient) && request.signal?.aborted !== true
          : outcome.status >= 500 || outcome.status === 429
      if (!mayRetry || wait === undefined)
        throw outcome instanceof ObjectProblem ? outcome : problemOf(request, outcome)
      await sleep(wait, undefined, { signal: request.signal }).catch(cause => {
        throw toProblem(cause)
      })
    }
  }

  async #attempt({
    method,
    bucket,
    key,
    query = {},
    headers = {},
    body = nothing,
    signal: ended,
  }: S3Request): Promise<HttpAnswer> {
    const { endpoint, region, ca, credentials, outbound, clock, timeoutMillis = 30_000 } = this.#options
    const segments = [bucket, ...(key === undefined ? [] : key.split('/'))]
    const path = `${endpoint.pathname.replace(/\/$/, '')}/${segments.map(encodeUriPart).join('/')}`
    const payloadHash = sha256Hex(body)
    const signed = signRequest(
      {
        method,
        path,
        query,
        headers: { ...headers, host: endpoint.host, 'x-amz-content-sha256': payloadHash },
        payloadHash,
        region,
        service: 's3',
      },
      credentials(),
      clock.now(),
    )
    const queryText = encodeQuery(query)
    return await exchangeHttp(
      {
        ...{ method, url: endpoint, headers: signed, ca },
        target: queryText === '' ? path : `${path}?${queryText}`,
        ...((method === 'PUT' || method === 'POST') && { body }),
      },
      outbound,
      { timeoutMillis, sizeMaxBytes: answerSizeMaxBytes, ...(ended !== undefined && { signal: ended }) },
    )
  }
}

const timedOut = 'RequestTimeout'

/**
 * S3 may send the status 200 before it knows of an error; the body of the answer is the error then, and is to be treated like a
 * status of 500 (Amazon S3 API Reference, "CompleteMultipartUpload").
 */
function withTrueStatus({ method }: S3Request, answer: HttpAnswer): HttpAnswer {
  if (method !== 'POST' || answer.status !== 200 || answer.body.length > errorSizeMaxBytes) return answer
  const text = answer.body.toString('utf8')
  if (!/^\s*(<\?xml[^>]*\?>)?\s*<Error[>\s]/.test(text)) return answer
  // Other errors, such as a part that is not there, stay what they are when they are asked again.
  const isPassing = /<Code>(InternalError|SlowDown|ServiceUnavailable)</.test(text)
  return { ...answer, status: isPassing ? 500 : 400 }
}

const errorSizeMaxBytes = 65_536

/** A connection that could not be used. S3 has no code for that; the AWS SDKs call it so. */
function toProblem(error: unknown): ObjectProblem {
  const { name, message } = error as Error
  const code = name === 'TimeoutError' || name === 'AbortError' ? timedOut : 'ConnectionError'
  return new ObjectProblem(code, message, { cause: error })
}

/** An answer to HEAD has no body, so the status alone says the error. */
function problemOf({ method, bucket, key }: S3Request, { status, body }: HttpAnswer): ObjectProblem {
  const { code, message } = readError(body.toString('utf8'))
  const byStatus: Readonly<Record<number, string>> = {
    301: 'PermanentRedirect',
    403: 'AccessDenied',
    404: key === undefined ? 'NoSuchBucket' : 'NoSuchKey',
  }
  return new ObjectProblem(
    code ?? byStatus[status] ?? `HTTP ${status}`,
    `${method} ${bucket}${key === undefined ? '' : `/${key}`}: ${message ?? `HTTP ${status}`}`,
  )
}
