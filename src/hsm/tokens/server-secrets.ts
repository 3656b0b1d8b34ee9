import { globalDomain } from '../../domain/index.ts'
import type { ServerSecrets } from '../hsm.ts'
import { associatedData } from './associated-data.ts'
import type { DomainKeys } from './domain-keys.ts'

/** Wraps the server's own secrets under the global domain key. */
export function serverSecrets(domainKeys: DomainKeys): ServerSecrets {
  return {
    wrapSecret: (name, secret) => domainKeys.wrap(globalDomain, secret, secretData(name)),
    unwrapSecret: (name, wrapped) => domainKeys.unwrap(wrapped, secretData(name)),
  }
}

export const secretData = (name: string) => associatedData('keyward secret v1', [name])
