import { type Authenticator, globalDomain } from '../../domain/index.ts'
import { equalConstantTime } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from './associated-data.ts'
import { type DomainKeys, domainKeyIdIn } from './domain-keys.ts'
import { keyTokenData, publicKeyTokenData } from './key-tokens.ts'
import { secretData } from './server-secrets.ts'

/** Authenticates what the store keeps, under keys that are derived from the domain keys. */
export function authenticator(domainKeys: DomainKeys): Authenticator {
  return {
    authenticate: (domain, content) => domainKeys.authenticate(domain, content),
    isAuthentic(domain, content, mac) {
      const expected = domainKeys.repeatMac(domain, content, mac)
      return expected !== undefined && equalConstantTime(expected, mac)
    },
    elementOf: (domain, mac) => domainKeys.elementOf(domain, mac),
    seal: (domain, content) => domainKeys.wrap(domain, content, stateData(domain)),
    open(domain, sealed) {
      try {
        return domainKeys.unwrap(sealed, stateData(domain))
      } catch (error) {
        if (error instanceof SealBroken) return undefined
        throw error
      }
    },
    domainKeyOf: domainKeyIdIn,
    isCurrent: (domain, token) => domainKeys.isCurrent(domain, token),
    rewrap(what) {
      if (what.kind === 'secret')
        return domainKeys.rewrap(what.region ?? globalDomain, what.token, secretData(what.name))
      const { kind, binding, token } = what
      const data = kind === 'key' ? keyTokenData(binding) : publicKeyTokenData(binding)
      return domainKeys.rewrap(binding.region, token, data)
    },
  }
}

const stateData = (domain: string) => associatedData('keyward domain state v1', [domain])
