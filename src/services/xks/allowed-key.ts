import { type XksKeyUsage, XksRefusal } from '../../domain/index.ts'
import type { ResolvedKey } from '../../keys/index.ts'
import { isFit, isUsable } from './external-key.ts'
import type { ProxyContext } from './proxy-operation.ts'
import type { CallerMetadata } from './request-shapes.ts'

/** Finds the key that a request names, for a caller that may use it. Throws XksRefusal. */
export async function findAllowed(
  { externalKey, open }: ProxyContext<{ readonly requestMetadata: CallerMetadata }>,
  metadata: CallerMetadata,
  usages: readonly XksKeyUsage[],
): Promise<ResolvedKey> {
  const { rule } = externalKey()
  rule.checkCaller(metadata)
  for (const usage of usages) rule.checkUsage(usage)
  rule.checkOperation(metadata)
  const found = await externalKey().find(open())
  if (found !== undefined) return found
  throw new XksRefusal('KeyNotFoundException', 'The external key was not found.', {
    reason: 'the key that the configuration names does not exist',
  })
}

/** Checks that a key can encrypt and decrypt now. Throws XksRefusal. */
export function checkWorks(key: ResolvedKey): void {
  if (!isFit(key))
    throw new XksRefusal('InvalidKeyUsageException', 'The external key is not an AES-256 key.', {
      reason: 'the proxy works with symmetric keys whose key material is in this server',
    })
  if (!isUsable(key.state, key.arn))
    throw new XksRefusal('InvalidStateException', 'The external key is not enabled.', {
      reason: `the key is ${key.state}`,
    })
}
