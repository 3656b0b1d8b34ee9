import { equalConstantTime, randomBytes } from '../../std/index.ts'
import { type ExternalKey, isFit, isUsable } from './external-key.ts'
import type { OpenSide } from './open-side.ts'

/** The health of the server behind the proxy (XKS proxy API specification, "GetHealthStatus"). */
export interface ProxyHealth {
  readonly status: 'ACTIVE' | 'DEGRADED' | 'UNAVAILABLE'
  readonly version: string
}

const probeName = 'health of the external key store proxy'

/**
 * Returns the health of an open server. It is DEGRADED if a key that the proxy serves is missing, of the wrong kind or not enabled, and
 * UNAVAILABLE if the cryptography or the database fails, which `onFault` hears of. The probe uses no key of the store.
 */
export async function examine(
  open: OpenSide,
  externalKeys: Iterable<ExternalKey>,
  onFault: (cause: unknown) => void,
): Promise<ProxyHealth['status']> {
  try {
    if (!encryptsAndDecrypts(open)) return 'UNAVAILABLE'
    for (const externalKey of externalKeys) {
      const key = await externalKey.find(open)
      if (key === undefined || !isFit(key) || !isUsable(key.state, key.arn)) return 'DEGRADED'
    }
    return 'ACTIVE'
  } catch (error) {
    onFault(error)
    return 'UNAVAILABLE'
  }
}

function encryptsAndDecrypts({ hsm }: OpenSide): boolean {
  const probe = randomBytes(32)
  const opened = hsm.unwrapSecret(probeName, hsm.wrapSecret(probeName, probe))
  return equalConstantTime(opened, probe)
}
