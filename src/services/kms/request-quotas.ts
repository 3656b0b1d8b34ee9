import {
  customKeyStoreQuota,
  furtherRequests,
  hasKeyQuota,
  keyRequestQuota,
  requestQuota,
} from '../../domain/index.ts'
import type { RequestQuotas } from '../../operation/index.ts'

/** The request quotas of AWS KMS (AWS KMS developer guide, "Request quotas"; text recorded from AWS). */
export const requestQuotas: RequestQuotas = {
  ofOperation: requestQuota,
  dependsOnKey: hasKeyQuota,
  ofKey(operation, keySpec, input, region) {
    const { KeyPairSpec: keyPairSpec } = (input ?? {}) as { readonly KeyPairSpec?: string }
    return keyRequestQuota(operation, keySpec, keyPairSpec, region)
  },
  ofCustomKeyStore: customKeyStoreQuota,
  furtherOf(operation, input) {
    return furtherRequests(operation, input as Parameters<typeof furtherRequests>[1])
  },
  exceededText: 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
}
