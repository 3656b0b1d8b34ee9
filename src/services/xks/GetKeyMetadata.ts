import type { Infer } from '../../std/index.ts'
import { findAllowed } from './allowed-key.ts'
import { isFit, isUsable } from './external-key.ts'
import type { ProxyOperation } from './proxy-operation.ts'
import { metadataRequest } from './request-shapes.ts'

/** Describes an external key: its type, its usage and whether it is enabled. AWS KMS asks before it creates a KMS key with it. */
export const GetKeyMetadata: ProxyOperation<Infer<typeof metadataRequest>> = {
  name: 'GetKeyMetadata',
  pathPart: 'metadata',
  isOnKey: true,
  usesKey: false,
  input: metadataRequest,
  async handle(context) {
    const key = await findAllowed(context, context.input.requestMetadata, [])
    const isAes = isFit(key)
    return {
      output: {
        keySpec: isAes ? 'AES_256' : key.key.keySpec,
        keyUsage: isAes ? [...context.externalKey().rule.usages] : [],
        keyStatus: isUsable(key.state, key.arn) ? 'ENABLED' : 'DISABLED',
      },
      key,
    }
  },
}
