import { parseArn } from '../../../domain/index.ts'
import type { KeyServiceFactory, RootKeySetting } from '../../../hsm/index.ts'
import { OperatorError } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import type { Config } from '../../config/config.ts'
import { isLoopback } from '../../config/values/setting-values.ts'

/** The settings that decide which KMS may be asked for a root key. */
type ServiceSettings = Pick<Config, 'outbound' | 'host' | 'port' | 'tls'>

/**
 * Returns the factory of clients of a different KMS, which open connections where the settings allow them. `stopping` ends
 * their calls.
 */
export function keyServices(config: ServiceSettings, stopping?: AbortSignal): KeyServiceFactory {
  return async target => {
    // The SDK and Node's HTTP clients are for the few servers whose root key is in a different KMS.
    const { openAwsKeyService } = await import('./aws-key-service.ts')
    const service = await openAwsKeyService(target, config.outbound, stopping)
    return {
      async encrypt(plaintext, context) {
        refuseItself(target.endpoint, config)
        return await service.encrypt(plaintext, context)
      },
      decrypt: (ciphertext, context) => service.decrypt(ciphertext, context),
    }
  }
}

/**
 * Refuses a server that would have to ask itself for its root key at its next start. Only who protects a root key is
 * checked: other commands have the settings of a server that they are not. Throws OperatorError.
 */
function refuseItself(endpoint: URL, { host, port, tls }: ServiceSettings): void {
  // A URL has brackets around an IPv6 address.
  const name = endpoint.hostname.replace(/^\[(.*)\]$/, '$1')
  const isOwnHost = name === host || isLoopback(name)
  const defaultPort = endpoint.protocol === 'https:' ? 443 : 80
  const servicePort = endpoint.port === '' ? defaultPort : Number(endpoint.port)
  if (isOwnHost && [port, tls?.port].includes(servicePort)) throw isItself(endpoint)
}

/**
 * Refuses a key of the database as the keeper of the root key: its ARN shows that the KMS is this server, whatever name, proxy
 * or port leads there. A new server has no keys, so a change of the root key is all that is checked. A multi-Region key
 * is no exception, because its replicas have different Regions in their ARNs. Throws OperatorError.
 */
export async function refuseOwnKey(setting: RootKeySetting, keys: Reader['keys']): Promise<void> {
  if (setting.kind !== 'kms') return
  const { accountId = '', region = '', resource = '' } = parseArn(setting.keyArn) ?? {}
  const own = await keys.find({ accountId, region }, resource.replace(/^key\//, ''))
  if (own !== undefined) throw isItself(setting.endpoint)
}

const isItself = ({ origin }: URL) =>
  new OperatorError(
    `The root key cannot be kept by the KMS at ${origin}, which is this server itself: it decrypts nothing before it has its root key. Name a different KMS.`,
  )
