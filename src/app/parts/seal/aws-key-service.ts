import { readFileSync } from 'node:fs'
import type { KMSClient } from '@aws-sdk/client-kms'
import { parseArn } from '../../../domain/index.ts'
import {
  type KeyService,
  type KeyServiceTarget,
  type ProblemCode,
  RootKeyProblem,
} from '../../../hsm/index.ts'
import { copySecret, OperatorError, type OutboundPolicy } from '../../../std/index.ts'
import { readCredentialsFile } from '../../config/credentials-file.ts'
import { requestHandlerOf } from './aws-requests.ts'
import { shownError } from './shown-error.ts'

/** The time for a whole call: the look-up of credentials, all attempts, and the whole answer. */
const callTimeoutMillis = 10_000

/** Opens a client of a KMS, with the AWS SDK. `stopping` ends its calls. Throws OperatorError. */
export async function openAwsKeyService(
  target: KeyServiceTarget,
  outbound: OutboundPolicy,
  stopping: AbortSignal | undefined,
): Promise<KeyService> {
  const { hostname, origin } = target.endpoint
  const problem = outbound.problemOf(hostname)
  if (problem !== undefined)
    throw new OperatorError(`The root key cannot be fetched from ${origin}: ${problem}.`)
  const sdk = await loadSdk()
  const ca = target.caPath === undefined ? undefined : readCertificates(target.caPath)
  const credentials = target.credentialsPath === undefined ? undefined : credentialsOf(target.credentialsPath)
  const connection = { outbound, hostname, ca, timeoutMillis: callTimeoutMillis }
  const place = `${target.keyArn} at ${origin}`
  return keyServiceOf(sdk, target.keyArn, (work, secret) =>
    inTime(place, stopping, secret, async signal => {
      const client = new sdk.KMSClient({
        region: parseArn(target.keyArn)?.region ?? '',
        // An endpoint that is named here wins over the environment and the files of the SDK.
        endpoint: target.endpoint.href,
        ...(credentials === undefined ? {} : { credentials }),
        requestHandler: requestHandlerOf({ ...connection, signal }),
      })
      return await work(client)
    }),
  )
}

type Sdk = typeof import('@aws-sdk/client-kms')

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-kms')
  } catch (error) {
    throw new OperatorError(
      `A root key in a different KMS needs the package @aws-sdk/client-kms, which cannot be loaded: ${shownError(error)}. Install it with npm install @aws-sdk/client-kms.`,
    )
  }
}

function credentialsOf(path: string) {
  const { accessKeyId, secret, sessionToken } = readCredentialsFile(path)
  return { accessKeyId, secretAccessKey: secret, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(
      `The certificates of the KMS cannot be read from ${path}: ${(error as Error).message}`,
    )
  }
}

/** Performs a call with a client of its own. The text of an error does not repeat `secret`. */
type Call = <T>(work: (client: KMSClient) => Promise<T>, secret?: Uint8Array) => Promise<T>

function keyServiceOf(sdk: Sdk, keyArn: string, call: Call): KeyService {
  return {
    async encrypt(plaintext, context) {
      const command = new sdk.EncryptCommand({
        KeyId: keyArn,
        Plaintext: plaintext,
        EncryptionContext: { ...context },
      })
      const ciphertext = await call(
        async client => bytesIn((await client.send(command)).CiphertextBlob),
        plaintext,
      )
      return Buffer.from(ciphertext)
    },
    async decrypt(ciphertext, context) {
      const command = new sdk.DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: ciphertext,
        EncryptionContext: { ...context },
      })
      const plaintext = await call(async client => bytesIn((await client.send(command)).Plaintext))
      const secret = copySecret(plaintext)
      plaintext.fill(0)
      return secret
    },
  }
}

/** The SDK passes on a member of an answer that has a different type than its name says. */
function bytesIn(member: unknown): Uint8Array {
  if (member instanceof Uint8Array && member.length > 0) return member
  throw new TypeError('the answer has no bytes')
}

/**
 * Performs a call until it ends, its time is over, or the server stops. `work` gets the signal for its requests; a part of it
 * that knows no signal, such as the look-up of credentials, is left behind. Throws RootKeyProblem.
 */
async function inTime<T>(
  place: string,
  stopping: AbortSignal | undefined,
  secret: Uint8Array | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(callTimeoutMillis)
  const signal = stopping === undefined ? deadline : AbortSignal.any([deadline, stopping])
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await Promise.race([ended, work(signal)])
  } catch (error) {
    const silent = (why: string) =>
      new RootKeyProblem(
        'KeyServiceUnreachable',
        `The KMS does not answer for the root key under ${place}: ${why}.`,
      )
    if (stopping?.aborted) throw silent('the server stops')
    if (deadline.aborted) throw silent(`there is no whole answer after ${callTimeoutMillis / 1000} seconds`)
    const code = codeOf(error)
    const what = code === 'KeyServiceRefused' ? 'refuses' : 'does not answer for'
    throw new RootKeyProblem(
      code,
      `The KMS ${what} the root key under ${place}: ${shownError(error, secret)}.`,
    )
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Whether asking again may help: a refusal stays one until somebody changes something, as do credentials that are missing. */
function codeOf(error: unknown): ProblemCode {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  const isRefusal = status !== undefined && status >= 400 && status < 500 && name !== 'ThrottlingException'
  return isRefusal || name === 'CredentialsProviderError' ? 'KeyServiceRefused' : 'KeyServiceUnreachable'
}
