import type { KeyObject } from 'node:crypto'
import { Backends } from './backends/backends.ts'
import { keyMaterials } from './backends/key-materials.ts'
import { keyUse } from './backends/key-use.ts'
import { ClusterBackend } from './clusters/cluster-backend.ts'
import { tokenReferenceVersion } from './clusters/token-reference.ts'
import type { Hsm } from './hsm.ts'
import { RequesterHsm } from './requester-hsm.ts'
import { keyImports } from './software/key-imports.ts'
import { Lanes } from './software/lanes.ts'
import { outsideMaterial } from './software/outside-material.ts'
import { SoftwareBackend } from './software/software-backend.ts'
import { authenticator } from './tokens/authenticator.ts'
import type { RootSealer, WrappedDomainKey } from './tokens/domain-key-records.ts'
import { domainKeyRing } from './tokens/domain-key-ring.ts'
import { DomainKeys, tokenVersion } from './tokens/domain-keys.ts'
import { serverSecrets } from './tokens/server-secrets.ts'
import { XksBackend } from './xks/xks-backend.ts'

/** Opens the HSM on its domain keys. Throws OperatorError if a different root key wrapped them. */
export function openHsm(
  rootKey: KeyObject | RootSealer,
  wrappedDomainKeys: readonly WrappedDomainKey[],
): Hsm {
  const domainKeys = new DomainKeys(rootKey, wrappedDomainKeys)
  const lanes = new Lanes()
  const software = new SoftwareBackend(domainKeys, lanes)
  // Each backend has one row: the version of its key tokens.
  const external = new XksBackend(software)
  const clusters = new ClusterBackend()
  const backends = new Backends({ [tokenVersion]: software, [tokenReferenceVersion]: clusters }, external)
  const hsm: Hsm = {
    authenticator: authenticator(domainKeys),
    ring: domainKeyRing(domainKeys),
    ...serverSecrets(domainKeys),
    ...keyMaterials(domainKeys, backends, software.generation),
    ...keyImports(domainKeys, lanes),
    ...keyUse(backends),
    ...outsideMaterial(lanes),
    useExternalKeys: keys => external.use(keys),
    useClusterKeys: keys => clusters.use(keys),
    for: requester => new RequesterHsm(hsm, requester),
    metrics: () => lanes.metrics(),
    close() {
      lanes.close()
      backends.close()
      domainKeys.close()
    },
  }
  return hsm
}
