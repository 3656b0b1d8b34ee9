import { OperatorError, type SigningCredentials, sha256Hex, signRequest, systemClock } from '../std/index.ts'
import { readAdministratorKey } from './config/administrator-key.ts'
import type { Config } from './config/config.ts'
import { LocalServer } from './local-server.ts'

/** A service of the server, as signatures and targets name it. */
interface CalledService {
  readonly name: string
  readonly targetPrefix: string
  /** The Region of the call; the server's default if absent. */
  readonly region?: string
}

const ownService: CalledService = { name: 'keyward', targetPrefix: 'Keyward' }
const contentType = 'application/x-amz-json-1.1'

/** The error of a call that the server refused. */
export class Refused extends OperatorError {}

/**
 * Calls an operation of the server that runs on the configured data directory, and returns the answer. It uses the
 * credentials of the environment, or else those of the administrator. Throws OperatorError if there is no server or if
 * it refuses the call; the latter is Refused.
 */
export async function callServer(
  config: Config,
  operation: string,
  input: object,
  environment: NodeJS.ProcessEnv = process.env,
  service = ownService,
): Promise<unknown> {
  const server = new LocalServer(config)
  const credentials = environmentCredentials(environment) ?? readAdministratorKey(config)
  const body = JSON.stringify(input)
  const headers = signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        'content-type': contentType,
        host: server.host,
        'x-amz-target': `${service.targetPrefix}.${operation}`,
      },
      payloadHash: sha256Hex(body),
      region: service.region ?? server.region,
      service: service.name,
    },
    credentials,
    systemClock.now(),
  )
  const { status, json } = await server.send({
    method: 'POST',
    path: '/',
    headers,
    body,
  })
  if (status === 200) return json
  const answer = json as { __type?: string; message?: string; Message?: string }
  throw new Refused(answer.message ?? answer.Message ?? answer.__type ?? `HTTP ${status}`)
}

/** Returns the credentials that the AWS CLI and SDKs take from the environment; undefined if there are none. */
function environmentCredentials({
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secret = '',
  AWS_SESSION_TOKEN: sessionToken,
}: NodeJS.ProcessEnv): SigningCredentials | undefined {
  if (accessKeyId === '' && secret === '') return undefined
  if (accessKeyId !== '' && secret !== '')
    return { accessKeyId, secret, sessionToken: sessionToken || undefined }
  throw new OperatorError('Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither of them.')
}
