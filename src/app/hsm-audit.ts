import { auditTokens, type NamedAddress, openTokenGateways, type Pin, type TokenAudit } from '../hsm/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { libraryEnvironment, libraryOf } from './config/hsm/pkcs11-settings.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { loginsPathOf } from './parts/seal/token-keys.ts'

/** The tokens that the command line names: one of a library, or those of a cluster. */
export type AuditTarget =
  | { readonly library: string; readonly token: string }
  | { readonly clusterId: string }

/** Returns the places of tokens. Throws OperatorError if the settings do not have them. */
export function findTokens({ pkcs11, hsmClusters }: Config, target: AuditTarget): readonly NamedAddress[] {
  if ('library' in target) {
    const { path, environment } = libraryOf(pkcs11, target.library)
    return [{ library: target.library, path, environment, label: target.token }]
  }
  const cluster = hsmClusters.get(target.clusterId)
  const known = [...hsmClusters.keys()].join(', ')
  if (cluster === undefined)
    throw new OperatorError(
      `The setting hsmClusters has no cluster ${target.clusterId}${known === '' ? '' : `; it has ${known}`}.`,
    )
  return cluster.tokens
}

/** Lists the keys of tokens, and what an operator must look into. Throws OperatorError if there is no PIN. */
export async function auditHsmTokens(config: Config, target: AuditTarget, pin: Pin): Promise<TokenAudit> {
  keepMemoryPrivate()
  const gateways = openTokenGateways({ environment: libraryEnvironment({}) })
  return await auditTokens(gateways, findTokens(config, target), {
    pin,
    loginsPath: loginsPathOf(config.dataDirectory),
    isWhole: 'clusterId' in target,
  })
}
