import { globalDomain } from '../../domain/index.ts'
import type { ServerSecrets } from '../hsm.ts'
import { associatedData } from './associated-data.ts'
import type { DomainKeys } from './domain-keys.ts'

/** Wraps the server's own secrets under the domain key of a Region, or the global one. */
export function serverSecrets(domainKeys: DomainKeys): ServerSecrets {
  return {
    wrapSecret: (name, secret, region = globalDomain) => domainKeys.wrap(region, secret, secretData(name)),
    unwrapSecret: (name, wrapped) => domainKeys.unwrap(wrapped, secretData(name)),
  }
}

export const secretData = (name: string) => associatedData('keyward secret v1', [name])
