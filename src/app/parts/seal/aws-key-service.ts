import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
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

const connectionTimeoutMillis = 5000
const requestTimeoutMillis = 10_000

/** Opens a client of a KMS, with the AWS SDK. Throws OperatorError. */
export async function openAwsKeyService(
  target: KeyServiceTarget,
  outbound: OutboundPolicy,
): Promise<KeyService> {
  const { hostname, origin } = target.endpoint
  const problem = outbound.problemOf(hostname)
  if (problem !== undefined)
    throw new OperatorError(`The root key cannot be fetched from ${origin}: ${problem}.`)
  const sdk = await loadSdk()
  return keyServiceOf(sdk, new sdk.KMSClient(clientOptions(target, outbound)), target)
}

type Sdk = typeof import('@aws-sdk/client-kms')

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-kms')
  } catch (error) {
    throw new OperatorError(
      `A root key in a different KMS needs the package @aws-sdk/client-kms, which cannot be loaded: ${firstLine(error)}. Install it with npm install @aws-sdk/client-kms.`,
    )
  }
}

function clientOptions(
  { keyArn, endpoint, credentialsPath, caPath }: KeyServiceTarget,
  outbound: OutboundPolicy,
) {
  const lookup = outbound.lookupFor(endpoint.hostname)
  const ca = caPath === undefined ? undefined : readCertificates(caPath)
  return {
    region: parseArn(keyArn)?.region ?? '',
    // An endpoint that is named here wins over the environment and the files of the SDK.
    endpoint: endpoint.href,
    ...(credentialsPath === undefined ? {} : { credentials: credentialsOf(credentialsPath) }),
    requestHandler: {
      httpAgent: new HttpAgent({ lookup }),
      httpsAgent: new HttpsAgent({ lookup, ca }),
      connectionTimeout: connectionTimeoutMillis,
      requestTimeout: requestTimeoutMillis,
      throwOnRequestTimeout: true,
    },
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

function keyServiceOf(sdk: Sdk, client: KMSClient, { keyArn, endpoint }: KeyServiceTarget): KeyService {
  const place = `${keyArn} at ${endpoint.origin}`
  return {
    async encrypt(plaintext, context) {
      const command = new sdk.EncryptCommand({
        KeyId: keyArn,
        Plaintext: plaintext,
        EncryptionContext: { ...context },
      })
      const { CiphertextBlob: ciphertext } = await asked(client.send(command), place)
      return Buffer.from(ciphertext ?? [])
    },
    async decrypt(ciphertext, context) {
      const command = new sdk.DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: ciphertext,
        EncryptionContext: { ...context },
      })
      const { Plaintext: plaintext = new Uint8Array() } = await asked(client.send(command), place)
      const secret = copySecret(plaintext)
      plaintext.fill(0)
      return secret
    },
  }
}

async function asked<T>(answer: Promise<T>, place: string): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const code = codeOf(error)
    const what = code === 'KeyServiceRefused' ? 'refuses' : 'does not answer for'
    throw new RootKeyProblem(code, `The KMS ${what} the root key under ${place}: ${firstLine(error)}.`)
  }
}

/** Whether asking again may help: a refusal stays one until somebody changes something, as do credentials that are missing. */
function codeOf(error: unknown): ProblemCode {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  const isRefusal = status !== undefined && status >= 400 && status < 500 && name !== 'ThrottlingException'
  return isRefusal || name === 'CredentialsProviderError' ? 'KeyServiceRefused' : 'KeyServiceUnreachable'
}

/** The name and the message of an error, in one line of bounded length. */
function firstLine(error: unknown): string {
  const { name, message } = error as Error
  const text = message.split('\n', 1)[0]?.replace(/\.$/, '') ?? ''
  return (name === 'Error' ? text : `${name}${text === '' ? '' : `: ${text}`}`).slice(0, 300)
}
